// The feed. What it should show is always known; what it shows stands still while somebody reads in it.
"use strict";

const liveFeed = ($, words, { address, isNarrowed, changed }) => {
  const MOST = 200;
  const MOST_APART = 500;    // milliseconds between two drawings, on the slowest machine
  const NOTICED = 20;        // beyond so many at once, nobody sees which are new
  const body = $("rows");
  const template = $("row").content.firstElementChild;
  const lines = new Map([...body.children].map((tr) => [tr.dataset.id, tr]));
  let rows = [];             // newest first
  let paused = false;
  let known = false;         // the site has been asked

  // Newest first, as in the log: by the moment, then by the id. A late one finds its place. As text, since moments
  // are all in UTC and a Date knows no microseconds.
  const compare = (a, b) => Number(a < b) - Number(a > b);
  const newestFirst = (a, b) => compare(a.at, b.at) || compare(a.id, b.id);
  const merge = (lists) => {
    const byId = new Map();
    for (const row of lists.flat()) if (!byId.has(row.id)) byId.set(row.id, row);
    return [...byId.values()].sort(newestFirst).slice(0, MOST);
  };

  const decision = (cell, row) => {
    const [chip, test] = cell.children;
    const why = cell.lastElementChild;
    if (row.connection_test) {
      chip.textContent = row.failed.length ? "found trouble" : "all well";
      chip.classList.add(row.failed.length ? "bad" : "good");
      why.textContent = row.failed.join(", ");
      return;
    }
    chip.textContent = words.status(row);
    if (words.colour(row)) chip.classList.add(words.colour(row));
    test.hidden = !row.test;
    why.textContent = words.why(row);
  };
  const line = (row) => {
    const tr = template.cloneNode(true);
    const [time, name, person, decided, way, took, amount] = tr.children;
    tr.dataset.id = row.id;
    time.firstElementChild.dateTime = row.at;
    time.firstElementChild.textContent = words.clock(new Date(row.at));
    decision(decided, row);
    if (row.connection_test) {
      name.textContent = "Connection test";
      person.textContent = "GET debug";
      way.textContent = row.trust;
      return tr;
    }
    name.firstElementChild.href = address.replace("evt_ID", row.id);
    name.firstElementChild.textContent = row.name;
    person.firstElementChild.textContent = row.person;
    way.textContent = `${row.trust}, ${row.source}`;
    took.textContent = row.ms == null ? "–" : `${row.ms.toFixed(row.ms < 10 ? 1 : 0)} ms`;
    amount.children[0].textContent = `${row.amount > 0 ? "+" : ""}${words.rsnc(row.amount)}`;
    amount.children[2].textContent = row.balance == null ? "–" : words.rsnc(row.balance);
    if (row.amount) amount.dataset.paid = "";
    return tr;
  };

  // Whether somebody is at a row: by keyboard, with a selection, or further down than the newest.
  const isRead = () => {
    if (body.contains(document.activeElement)) return true;
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && selection.containsNode(body, true)) return true;
    return body.getBoundingClientRect().top < 0;
  };
  const waiting = () => rows.reduce((sum, row) => sum + !lines.has(row.id), 0);

  const draw = () => {
    const wanted = new Set(rows.map((row) => row.id));
    for (const [id, tr] of lines) {
      if (wanted.has(id)) continue;
      lines.delete(id);
      tr.remove();
    }
    const noticed = lines.size > 0 && waiting() <= NOTICED;
    let place = body.firstElementChild;
    for (const row of rows) {
      let tr = lines.get(row.id);
      if (tr && tr === place) {
        place = place.nextElementSibling;
        continue;
      }
      if (!tr) {
        tr = line(row);
        tr.classList.toggle("new", noticed);
        lines.set(row.id, tr);
      }
      body.insertBefore(tr, place);
    }
  };
  // A machine that takes long to draw draws less often, so that clicks find it free.
  let free = 0;
  let later = 0;
  const drawSparingly = () => {
    const began = performance.now();
    if (began < free) {
      later ||= setTimeout(() => { later = 0; show(); }, free - began);
      return;
    }
    draw();
    body.getBoundingClientRect();  // laying it out is most of the work
    const now = performance.now();
    free = now + Math.min(MOST_APART, 4 * (now - began));
  };
  const show = () => {
    const held = paused || document.hidden || isRead();
    if (known && !held) drawSparingly();
    const more = known && held ? waiting() : 0;
    $("more").hidden = !more;
    if (more) $("more").lastElementChild.textContent = `${more === MOST ? "200 or more" : more} new, show`;
    const isEmpty = known && !rows.length;
    $("empty").hidden = !isEmpty || isNarrowed();
    $("none").hidden = !isEmpty || !isNarrowed();
    changed(paused);
  };

  const catchUp = () => {
    paused = false;
    document.getSelection()?.removeAllRanges();
    // Where the button was is nothing now.
    $("scroll").focus({ preventScroll: true });
    if (body.getBoundingClientRect().top < 0) $("feed").scrollIntoView({ block: "start" });
    draw();
    show();
  };

  $("more").addEventListener("click", catchUp);
  $("pause").hidden = false;
  $("pause").addEventListener("click", () => { paused = !paused; show(); });
  // Whoever has finished reading goes on.
  let soon = 0;
  const settle = () => {
    if (!soon) soon = requestAnimationFrame(() => { soon = 0; show(); });
  };
  for (const name of ["scroll", "focusout", "selectionchange", "visibilitychange"]) {
    document.addEventListener(name, settle, { passive: true });
  }

  return {
    // What the site says; a connection test is no event, and only here.
    replace(found) {
      const ever = new Map(rows.map((row) => [row.id, row]));
      const tests = rows.filter((row) => row.connection_test);
      // How long an event took was told once, with it.
      rows = merge([found.map((row) => ever.get(row.id) ?? row), tests]);
      known = true;
      show();
    },
    add(more) {
      rows = merge([rows, more]);
      show();
    },
    narrow(fits) {
      rows = rows.filter(fits);
      known = false;
      for (const tr of lines.values()) tr.remove();
      lines.clear();
      for (const row of rows) {
        const tr = line(row);
        lines.set(row.id, tr);
        body.append(tr);
      }
      show();
    },
  };
};
