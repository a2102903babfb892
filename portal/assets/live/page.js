// The live page: what comes is shown at once, and where anything may be missing the site is asked for all of it.
"use strict";

(() => {
  const POLL = 5000;         // without a stream
  const APART = 2000;        // between two questions, however much is missing
  const $ = (name) => document.getElementById(`live-${name}`);
  const page = document.getElementById("live");
  const words = liveWords(JSON.parse($("words").textContent));
  const figures = liveFigures($, words);
  const charts = liveCharts($, words, figures);

  let connected = null;
  let isPaused = false;
  let poll = 0;

  const filters = () => new URLSearchParams([...new FormData($("filters"))].filter(([, value]) => value));
  let wanted = filters();
  const isOurWorld = (row) => row.test === (wanted.get("world") === "test");
  const fits = (row) => (row.connection_test
    ? !wanted.has("event_type") && !wanted.has("status")
    : isOurWorld(row)
      && (!wanted.has("event_type") || row.name === wanted.get("event_type"))
      && (!wanted.has("status") || row.status === wanted.get("status")));

  // What is said

  const say = () => {
    const [word, colour] = isPaused ? ["paused", "wait"]
      : connected ? ["connected", "good"] : [connected === null ? "connecting" : "reconnecting", "wait"];
    // It is read out when it changes, so it is only changed when it does.
    if ($("status").textContent !== word) $("status").textContent = word;
    $("status").className = `chip ${colour}`;
    $("note").hidden = !poll;
    $("pause").lastElementChild.textContent = isPaused ? "Go on" : "Pause";
  };
  const feed = liveFeed($, words, {
    address: page.dataset.event,
    isNarrowed: () => wanted.has("event_type") || wanted.has("status"),
    changed: (paused) => {
      isPaused = paused;
      say();
      figures.show();
    },
  });

  // What the site knows

  let has = null;            // whether the last answer had an event in it
  let since = new Set();     // what came after it, by id
  let question = null;       // what comes while it is under way
  let again = false;
  let asked = 0;
  let timer = 0;

  const take = (rows) => {
    question?.push(...rows);
    if (!has) return;
    const fresh = rows.filter((row) => !since.has(row.id) && (row.connection_test || !has(row.xid)));
    for (const row of fresh) {
      since.add(row.id);
      if (!row.connection_test && isOurWorld(row)) figures.add(row);
    }
    feed.add(fresh.filter(fits));
  };
  const ask = (wait = APART) => {
    if (question) {
      again = true;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(load, Math.max(0, asked + wait - Date.now()));
  };
  const load = async () => {
    const rows = question = [];
    const query = `${wanted}`;
    asked = Date.now();
    again = false;
    try {
      const state = await liveAsk(`${page.dataset.state}?${query}`);
      question = null;
      if (query === `${wanted}`) {
        has = liveSnapshot(state.snapshot);
        since = new Set();
        figures.replace(state);
        feed.replace(state.rows);
        take(rows);
        charts.draw();
      }
      if (again) ask(query === `${wanted}` ? APART : 0);
    } catch {
      question = null;
      ask(POLL);
    }
  };

  liveStream(page.dataset.stream, {
    rows: take,
    missed: () => ask(),
    changed: (is) => {
      connected = is;
      clearInterval(poll);
      poll = is ? 0 : setInterval(() => { if (!document.hidden) ask(POLL); }, POLL);
      say();
    },
  });

  $("filters").addEventListener("change", () => {
    const before = wanted.get("world");
    wanted = filters();
    window.history.replaceState(null, "", wanted.size ? `?${wanted}` : window.location.pathname);
    // Of another world nothing is counted before the site has said where it stands.
    if (wanted.get("world") !== before) {
      has = null;
      figures.forget();
    }
    feed.narrow(fits);
    ask(0);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !connected) ask(); });
  setInterval(() => {
    figures.show();
    charts.draw();
    if (figures.isOver()) ask();
  }, 1000);
  say();
})();
