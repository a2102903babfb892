// Listens to a brand's events. Messages are numbered: whatever is not the one after the last means that the site has
// to be asked, and so does a new connection that does not begin where the last one ended.
"use strict";

// `address` says where to listen, for a minute. `rows(list)`: what came. `missed()`: ask the site.
// `changed(connected)`: whether anything can come at the moment.
const liveStream = (address, { rows, missed, changed }) => {
  const RETRY = [500, 1000, 2000, 5000, 10000];
  const SILENT = 40_000;     // the stream says something every 15 s
  const PATIENCE = 10_000;   // for a stream to open: a browser opens six to a server
  const FORGOTTEN = 60_000;  // a page that nobody looks at gives its connection back

  let source = null;
  let attempt = 0;           // what comes of an earlier one is nobody's business
  let failures = 0;
  let retry = 0;
  let heard = 0;
  let left = 0;
  let asleep = false;
  let place = null;          // [how often something was missed, the number of the last message]

  const close = () => {
    attempt += 1;
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const lost = () => {
    close();
    changed(false);
    retry = setTimeout(open, RETRY[Math.min(failures, RETRY.length - 1)]);
    failures += 1;
  };
  const open = async () => {
    close();
    const mine = attempt;
    heard = Date.now();
    try {
      const found = await liveAsk(address);
      if (mine === attempt) listen(found.address);
    } catch {
      if (mine === attempt) lost();
    }
  };
  const listen = (where) => {
    let from = -1;           // what is numbered up to here was in what the site was asked for
    heard = Date.now();
    source = new EventSource(where);
    const on = (name, act) => source.addEventListener(name, (message) => {
      heard = Date.now();
      act(message);
    });
    on("hello", ({ data }) => {
      const [times, number] = JSON.parse(data);
      failures = 0;
      from = number;
      if (!place || times !== place[0] || number !== place[1]) missed();
      place = [times, number];
      changed(true);
    });
    on("rows", ({ data }) => {
      const fresh = [];
      for (const [number, row] of JSON.parse(data)) {
        if (number <= from) continue;
        if (place && number !== place[1] + 1) missed();
        if (place) place[1] = number;
        fresh.push(row);
      }
      if (fresh.length) rows(fresh);
    });
    on("gap", () => {
      failures = 0;
      from = -1;
      place = null;
      missed();
      changed(true);
    });
    on("away", () => { place = null; changed(false); });
    on("beat", () => {});
    on("renew", open);
    on("bye", () => { close(); window.location.reload(); });
    source.onerror = lost;
  };

  document.addEventListener("visibilitychange", () => {
    left = document.hidden ? Date.now() : 0;
    if (!document.hidden && asleep) {
      asleep = false;
      open();
    }
  });
  setInterval(() => {
    const silent = Date.now() - heard;
    if (asleep) return;
    if (left && Date.now() - left > FORGOTTEN) {
      asleep = true;
      close();
    } else if (source && silent > (source.readyState === EventSource.OPEN ? SILENT : PATIENCE)) {
      // A machine that has slept, or a network that has changed, does not say that the stream is dead.
      lost();
    }
  }, 1000);
  open();
};
