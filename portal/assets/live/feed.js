// The feed. What it should show is always known; what it shows stands still while somebody reads in it.
"use strict";

const liveFeed = ($, words, { address, isNarrowed, changed }) => {
  const MOST = 200;
  const A_FRAME = 25;        // rows that come in before a click is looked at again
  const MOST_APART = 500;    // milliseconds between two drawings, on the slowest machine
  const NOTICED = 20;        // beyond so many at once, nobody sees which are new
  const body = $("rows");
  const template = $("row").content.firstElementChild;
  const reusable = new WeakSet();
  const lines = new Map([...body.children].map((tr) => [tr.dataset.id, tr]));
  let rows = [];             // newest first
  let paused = false;
  let known = false;         // the site has been asked
  let target = null;         // the rows that are being drawn, a few a frame
  let drawn = rows;          // those that were drawn last
  let noticed = false;       // the new ones among them stand out
  let isOurs = false;        // they are drawn although somebody reads: what was there was not asked for any more

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
    const look = row.connection_test ? (row.failed.length ? "bad" : "good") : words.colour(row) ?? "";
    chip.className = `chip ${look}`;
    test.hidden = !row.test;
    if (row.connection_test) {
      chip.textContent = row.failed.length ? "found trouble" : "all well";
      why.textContent = row.failed.join(", ");
    } else {
      chip.textContent = words.status(row);
      why.textContent = words.why(row);
    }
  };
  // `tr`: a line of ours that nobody needs any more.
  const line = (row, tr = template.cloneNode(true)) => {
    const [time, name, person, decided, way, took, amount] = tr.children;
    tr.dataset.id = row.id;
    tr.className = "";
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
    amount.toggleAttribute("data-paid", Boolean(row.amount));
    reusable.add(tr);
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

  // Some of what `target` has and the table has not; whether that was all. Oldest first: whenever it stands still, it
  // has everything up to some moment, and what is newer waits.
  const drawSome = () => {
    const wanted = new Set(target.map((row) => row.id));
    const gone = [...lines.keys()].filter((id) => !wanted.has(id));
    const drop = (id) => {
      const tr = lines.get(id);
      lines.delete(id);
      return tr;
    };
    // A line for the row in place of one that nobody needs, once there are as many as there may be.
    const spare = gone.filter((id) => reusable.has(lines.get(id)));
    const others = gone.filter((id) => !reusable.has(lines.get(id)));
    const made = (row) => {
      if (spare.length && !row.connection_test) return line(row, drop(spare.pop()));
      if (lines.size >= MOST) drop((others.length ? others : spare).pop()).remove();
      return line(row);
    };
    let left = A_FRAME;
    let below = null;
    for (const row of target.toReversed()) {
      let above = below ? below.previousElementSibling : body.lastElementChild;
      while (above && !wanted.has(above.dataset.id)) above = above.previousElementSibling;
      let tr = lines.get(row.id);
      if (!tr || tr !== above) {
        if (!left) return false;
        left -= 1;
        if (!tr) {
          tr = made(row);
          tr.classList.toggle("new", noticed);
          lines.set(row.id, tr);
        }
        body.insertBefore(tr, below);
      }
      below = tr;
    }
    for (const id of gone) if (lines.has(id)) drop(id).remove();
    return true;
  };
  const begin = () => {
    target = rows;
    noticed = lines.size > 0 && waiting() <= NOTICED;
  };
  // A machine that takes long to draw draws less often, so that clicks find it free.
  let free = 0;
  let spent = 0;
  let later = 0;
  const drawFrame = (began) => {
    if (!target) {
      if (drawn === rows) return;
      if (began < free) {
        later ||= setTimeout(() => { later = 0; show(); }, free - began);
        return;
      }
      begin();
    }
    const done = drawSome();
    if (done) {
      drawn = target;
      target = null;
      isOurs = false;
    }
    // When the browser has laid it out and painted it, which is most of the work.
    setTimeout(() => {
      const now = performance.now();
      spent += now - began;
      if (done) {
        free = now + Math.min(MOST_APART, 4 * spent);
        spent = 0;
      }
      if (target || drawn !== rows) show();
    });
  };
  const stand = () => {
    target = null;
    spent = 0;
  };
  let frame = 0;
  const show = () => { frame ||= requestAnimationFrame(showFrame); };
  const showFrame = () => {
    frame = 0;
    const began = performance.now();
    // Asked first, while nothing has been changed in this frame that would have to be laid out for it.
    const held = paused || isRead();
    if (isOurs || (known && !held)) drawFrame(began);
    else stand();
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
    free = 0;
    show();
  };

  $("more").addEventListener("click", catchUp);
  $("pause").hidden = false;
  $("pause").addEventListener("click", () => { paused = !paused; show(); });
  // Whoever has finished reading goes on.
  for (const name of ["scroll", "focusout", "selectionchange", "visibilitychange"]) {
    document.addEventListener(name, show, { passive: true });
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
      lines.clear();
      body.replaceChildren();
      begin();
      isOurs = true;
      show();
    },
  };
};
