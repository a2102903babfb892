// The live page: listens, shows what comes, and asks the site whenever something may be missing.
"use strict";

(() => {
  const page = document.getElementById("live");
  if (!page) return;

  const MOST_ROWS = 200;
  const POLL = 5000;
  const RETRY = [500, 1000, 2000, 5000, 10000];
  const words = JSON.parse(document.getElementById("live-words").textContent);
  const $ = (name) => document.getElementById(`live-${name}`);
  const template = $("row").content.firstElementChild;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: words.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
  });
  // As Plotly takes it: 2026-03-18 12:00:00, where the brand is.
  const stamp = new Intl.DateTimeFormat("sv-SE", { timeZone: words.zone, dateStyle: "short", timeStyle: "medium" });
  const moment = new Intl.DateTimeFormat("en-GB", {
    timeZone: words.zone, day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });

  let source = null;
  let last = null;           // the number of the last message that is accounted for
  let loading = null;        // the request for the state that is under way
  let pending = [];          // what came while the state was on its way
  let waiting = [];          // what came while the page was paused
  let missed = false;        // more came in the pause than is worth keeping
  let paused = false;
  let failures = 0;
  let poll = null;
  let newest = null;         // the moment of the last event
  let day = { from: 0, to: Infinity };
  let totals = { events: 0, rewarded: 0, credited: 0 };
  let seconds = new Map();
  let minutes = new Map();
  let skew = 0;              // how far the server's clock is ahead of this one, in milliseconds
  const took = new Map();    // milliseconds by event: told once, with the event

  const now = () => Date.now() + skew;
  const grouped = (number) => number.toLocaleString("en-GB");
  const rsnc = (hundredths) => {
    const whole = Math.trunc(Math.abs(hundredths) / 100);
    const rest = `${Math.abs(hundredths) % 100}`.padStart(2, "0");
    return `${hundredths < 0 ? "−" : ""}${whole.toLocaleString("en-GB")}.${rest}`;
  };

  // What is said of the connection

  const chip = $("status");
  const say = (word, colour) => {
    if (chip.textContent === word) return;
    chip.textContent = word;
    chip.className = `chip ${colour}`;
  };
  const note = (sentence) => {
    const place = $("note");
    place.hidden = !sentence;
    place.textContent = sentence;
  };
  const sayWhere = () => {
    if (paused) {
      say(waiting.length || missed ? `paused, ${missed ? "many" : grouped(waiting.length)} waiting` : "paused", "wait");
    } else if (source?.readyState === EventSource.OPEN) {
      say("connected", "good");
    } else {
      say("reconnecting", "wait");
    }
  };

  // The feed

  const filters = () => new URLSearchParams(
    [...new FormData($("filters"))].filter(([, value]) => value),
  );
  const fits = (row) => {
    const wanted = filters();
    return row.test === (wanted.get("world") === "test")
      && (!wanted.has("event_type") || row.name === wanted.get("event_type"))
      && (!wanted.has("status") || row.status === wanted.get("status"));
  };
  const why = (row) => {
    if (row.reason) return words.reasons[row.reason] ?? row.reason;
    if (row.status !== "cooldown") return "";
    return row.next ? `until ${moment.format(new Date(row.next))}` : "for ever";
  };
  const line = (row) => {
    const tr = template.cloneNode(true);
    const cells = tr.children;
    tr.dataset.id = row.id;
    tr.dataset.at = row.at;
    if (row.wallet) tr.dataset.wallet = row.wallet;
    const time = cells[0].firstElementChild;
    time.dateTime = row.at;
    time.textContent = clock.format(new Date(row.at));
    const link = cells[1].firstElementChild;
    link.href = page.dataset.event.replace("evt_ID", row.id);
    link.textContent = row.name;
    cells[2].firstElementChild.textContent = row.person;
    const [decision, test] = cells[3].children;
    decision.textContent = words.statuses[row.status] ?? row.status;
    if (words.colours[row.status]) decision.classList.add(words.colours[row.status]);
    test.hidden = !row.test;
    cells[3].lastElementChild.textContent = why(row);
    cells[4].textContent = `${row.trust}, ${row.source}`;
    const spent = row.ms ?? took.get(row.id);
    cells[5].textContent = spent == null ? "–" : `${spent.toFixed(spent < 10 ? 1 : 0)} ms`;
    const [amount, , balance] = cells[6].children;
    amount.textContent = `${row.amount > 0 ? "+" : ""}${rsnc(row.amount)}`;
    if (row.amount) cells[6].dataset.paid = "";
    balance.textContent = row.balance == null ? "–" : rsnc(row.balance);
    return tr;
  };
  // Newest first, as in the log: by the moment, then by the id.
  const later = (a, b) => (a.at === b.at ? a.id > b.id : a.at > b.at);
  const body = $("rows");
  const byId = new Map();

  const show = (rows) => {
    for (const row of rows) {
      if (byId.has(row.id)) continue;
      let before = body.firstElementChild;
      while (before && later(byId.get(before.dataset.id), row)) before = before.nextElementSibling;
      if (!before && byId.size >= MOST_ROWS) continue;
      const tr = line(row);
      tr.classList.add("new");
      byId.set(row.id, row);
      body.insertBefore(tr, before);
      newBalance(row);
    }
    while (byId.size > MOST_ROWS) {
      const { id } = body.lastElementChild.dataset;
      byId.delete(id);
      took.delete(id);
      body.lastElementChild.remove();
    }
    $("empty").hidden = byId.size > 0;
  };
  const newBalance = (row) => {
    for (const place of document.querySelectorAll("[data-balance-of]")) {
      if (row.wallet && place.dataset.balanceOf === row.wallet) place.textContent = rsnc(row.balance);
    }
  };

  // The figures

  const count = (row) => {
    const at = Date.parse(row.at);
    if (newest === null || at > newest) newest = at;
    if (row.test !== (filters().get("world") === "test")) return;
    if (at >= day.from && at < day.to) {
      totals.events += 1;
      if (row.status === "rewarded") {
        totals.rewarded += 1;
        totals.credited += row.amount;
      }
    }
    const second = Math.floor(at / 1000);
    const minute = second - (second % 60);
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  };
  const figures = () => {
    $("events").textContent = grouped(totals.events);
    $("rewarded").textContent = grouped(totals.rewarded);
    $("credited").textContent = rsnc(totals.credited);
    $("refused").textContent = grouped(totals.events - totals.rewarded);
  };
  const ago = () => {
    const place = $("last");
    if (newest === null) {
      place.textContent = "none yet";
      return;
    }
    const passed = Math.max(0, Math.round((now() - newest) / 1000));
    if (passed < 60) place.textContent = `${passed} s ago`;
    else if (passed < 3600) place.textContent = `${Math.floor(passed / 60)} min ago`;
    else place.textContent = moment.format(new Date(newest));
  };
  const rate = () => {
    const end = Math.floor(now() / 1000);
    let sum = 0;
    for (let second = end - 59; second <= end; second += 1) sum += seconds.get(second) ?? 0;
    $("rate").textContent = grouped(sum);
    for (const each of seconds.keys()) if (each < end - 360) seconds.delete(each);
    for (const each of minutes.keys()) if (each < end - 3720) minutes.delete(each);
  };

  // The charts

  const colour = (name) => {
    const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    // A colour that depends on the scheme is resolved where it is used.
    const probe = document.createElement("span");
    probe.hidden = true;
    probe.style.setProperty("color", `var(${name})`);
    page.append(probe);
    pixel.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };
  let theme = null;
  const themed = () => {
    theme ??= { bar: colour("--accent"), ink: colour("--ink-2"), line: colour("--line") };
    return theme;
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { theme = null; charts(); });

  const chart = (place, counts, step, length) => {
    const end = Math.floor(now() / 1000 / step) * step;
    const x = [];
    const y = [];
    for (let at = end - length * step; at <= end; at += step) {
      x.push(stamp.format(new Date(at * 1000)));
      y.push(counts.get(at) ?? 0);
    }
    const { bar, ink, line: grid } = themed();
    window.Plotly.react(place, [{ type: "bar", x, y, marker: { color: bar }, hovertemplate: "%{y}<extra>%{x|%H:%M:%S}</extra>" }], {
      height: 160, margin: { t: 8, r: 8, b: 28, l: 36 }, bargap: step === 1 ? 0 : 0.2,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 11 },
      xaxis: { type: "date", showgrid: false, fixedrange: true, tickformat: "%H:%M", linecolor: grid },
      yaxis: { rangemode: "tozero", fixedrange: true, gridcolor: grid, zeroline: false, nticks: 4, tickformat: ",d" },
    }, { displayModeBar: false, responsive: true });
  };
  const charts = () => {
    if (document.hidden || !window.Plotly) return;
    $("charts").hidden = false;
    chart($("seconds"), seconds, 1, 300);
    chart($("minutes"), minutes, 60, 60);
  };

  // What the site knows

  const load = () => {
    if (loading) {
      loading.again = true;
      return;
    }
    const request = { again: false };
    loading = request;
    fetch(`${page.dataset.state}?${filters()}`, { headers: { Accept: "application/json" } })
      .then((answer) => {
        if (answer.redirected || !answer.ok) throw new Error(`${answer.status}`);
        return answer.json();
      })
      .then((state) => {
        loading = null;
        apply(state);
        if (request.again) load();
      })
      .catch(() => {
        loading = null;
        pending = [];
        later_load();
      });
  };
  let loadLater = 0;
  const later_load = () => {
    clearTimeout(loadLater);
    loadLater = setTimeout(load, POLL);
  };

  const apply = (state) => {
    skew = Date.parse(state.now) - Date.now();
    day = { from: Date.parse(state.midnight), to: Date.parse(state.tomorrow) };
    totals = { ...state.today };
    seconds = new Map(Object.entries(state.seconds).map(([at, n]) => [Number(at), n]));
    minutes = new Map(Object.entries(state.minutes).map(([at, n]) => [Number(at), n]));
    if (state.rows.length) newest = Math.max(newest ?? 0, Date.parse(state.rows[0].at));
    const known = new Set(state.rows.map((row) => row.id));
    // What came while the answer was made is in it, or newer than the oldest that it has.
    const oldest = state.rows.length === MOST_ROWS ? state.rows.at(-1) : null;
    const more = pending.filter((row) => !known.has(row.id) && (!oldest || later(row, oldest)));
    pending = [];
    for (const row of more) count(row);
    figures();
    if (paused) {
      missed = true;
    } else {
      const kept = new Set([...known, ...more.map((row) => row.id)]);
      for (const tr of [...body.children]) {
        if (!kept.has(tr.dataset.id) || !byId.has(tr.dataset.id)) {
          byId.delete(tr.dataset.id);
          tr.remove();
        }
      }
      const fresh = [...state.rows, ...more.filter(fits)];
      const quiet = byId.size === 0;
      show(fresh);
      if (quiet) for (const tr of body.children) tr.classList.remove("new");
    }
    rate();
    ago();
    charts();
  };

  const take = (numbered) => {
    const rows = [];
    for (const [number, row] of numbered) {
      if (last !== null && number > last + 1) load();
      last = last === null ? number : Math.max(last, number);
      if (row.ms != null) took.set(row.id, row.ms);
      rows.push(row);
    }
    if (loading) {
      pending.push(...rows);
      return;
    }
    for (const row of rows) if (!byId.has(row.id)) count(row);
    const wanted = rows.filter(fits);
    if (!paused) show(wanted);
    else if (waiting.length + wanted.length > MOST_ROWS) { waiting = []; missed = true; }
    else waiting.push(...wanted);
    figures();
    rate();
    ago();
    sayWhere();
  };

  // The stream

  const connect = () => {
    fetch(page.dataset.stream, { headers: { Accept: "application/json" } })
      .then((answer) => {
        if (answer.redirected) window.location.reload();
        if (!answer.ok) throw new Error(`${answer.status}`);
        return answer.json();
      })
      .then(({ address }) => listen(address))
      .catch(lost);
  };
  const listen = (address) => {
    source?.close();
    source = new EventSource(address);
    source.addEventListener("hello", (message) => {
      const number = JSON.parse(message.data);
      found();
      if (last !== number) load();
      last = number;
    });
    source.addEventListener("rows", (message) => take(JSON.parse(message.data)));
    source.addEventListener("gap", () => { found(); last = null; load(); });
    source.addEventListener("away", () => wander());
    source.addEventListener("renew", () => { source.close(); connect(); });
    source.addEventListener("bye", () => { source.close(); window.location.reload(); });
    source.addEventListener("error", lost);
  };
  const found = () => {
    failures = 0;
    clearInterval(poll);
    poll = null;
    note("");
    sayWhere();
  };
  const lost = () => {
    source?.close();
    source = null;
    wander();
    setTimeout(connect, RETRY[Math.min(failures, RETRY.length - 1)]);
    failures += 1;
  };
  // Without a stream the page asks every few seconds, and says so.
  const wander = () => {
    sayWhere();
    if (failures === 0 && source) return;
    note("The stream is away: this page asks every five seconds instead, and goes back by itself.");
    poll ??= setInterval(load, POLL);
  };

  // What the person does

  $("pause").hidden = false;
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", `${paused}`);
    $("pause").lastElementChild.textContent = paused ? "Go on" : "Pause";
    if (!paused) {
      if (missed) load();
      else show(waiting);
      waiting = [];
      missed = false;
    }
    sayWhere();
  });
  $("filters").addEventListener("change", () => {
    const wanted = filters();
    window.history.replaceState(null, "", wanted.size ? `?${wanted}` : window.location.pathname);
    body.replaceChildren();
    byId.clear();
    load();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) charts(); });
  setInterval(() => {
    ago();
    rate();
    charts();
    if (now() >= day.to) { day.to = Infinity; load(); }
  }, 1000);
  sayWhere();
  connect();
})();
