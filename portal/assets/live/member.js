// A member's balance: asked for again when something happened to this wallet, or may have.
"use strict";

(() => {
  const APART = 1000;
  const place = document.getElementById("member-live");
  let asked = 0;
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      asked = Date.now();
      window.htmx.trigger(place, "moved");
    }, Math.max(0, asked + APART - Date.now()));
  };
  liveStream(place.dataset.stream, {
    rows: (rows) => { if (rows.some((row) => row.wallet === place.dataset.wallet)) ask(); },
    missed: ask,
    changed: () => {},
  });
})();
