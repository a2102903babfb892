// Today's totals and the rates. Exact: the site's figures of one moment, and each event that came after it, once.
"use strict";

// Which events the site's answer had in it: those whose transaction its snapshot had seen.
const liveSnapshot = (text) => {
  const [below, above, open] = text.split(":");
  const unfinished = new Set(open ? open.split(",").map(Number) : []);
  return (xid) => xid < Number(below) || (xid < Number(above) && !unfinished.has(xid));
};

const liveFigures = ($, words) => {
  let day = { from: 0, to: Infinity };
  let totals = null;
  let newest = null;
  let seconds = new Map();
  let minutes = new Map();
  let skew = 0;              // how far the server's clock is ahead of this one, in milliseconds

  const now = () => Date.now() + skew;
  // What stays the same need not be laid out again.
  const put = (name, text) => { if ($(name).textContent !== text) $(name).textContent = text; };
  const plus = (counts, key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const numbered = (counts) => new Map(Object.entries(counts).map(([at, count]) => [Number(at), count]));

  const ago = () => {
    if (newest === null) return "none yet";
    const passed = Math.max(0, Math.round((now() - newest) / 1000));
    if (passed < 60) return `${passed} s ago`;
    return passed < 3600 ? `${Math.floor(passed / 60)} min ago` : words.moment(new Date(newest));
  };
  const inTheLastMinute = () => {
    const end = Math.floor(now() / 1000);
    let sum = 0;
    for (let second = end - 59; second <= end; second += 1) sum += seconds.get(second) ?? 0;
    return sum;
  };

  return {
    now,
    get seconds() { return seconds; },
    get minutes() { return minutes; },
    // Whether the day that is counted is over.
    isOver: () => now() >= day.to,
    replace(state) {
      skew = Date.parse(state.now) - Date.now();
      day = { from: Date.parse(state.midnight), to: Date.parse(state.tomorrow) };
      totals = { ...state.today };
      newest = state.newest && Date.parse(state.newest);
      seconds = numbered(state.seconds);
      minutes = numbered(state.minutes);
    },
    // Nothing is known of the other world yet.
    forget() {
      totals = newest = null;
      seconds = new Map();
      minutes = new Map();
      for (const name of ["events", "rewarded", "credited", "refused", "last", "rate"]) $(name).textContent = "–";
    },
    add(row) {
      const at = Date.parse(row.at);
      const second = Math.floor(at / 1000);
      newest = Math.max(newest ?? at, at);
      plus(seconds, second);
      plus(minutes, second - (second % 60));
      if (at < day.from || at >= day.to) return;
      totals.events += 1;
      if (row.status !== "rewarded") return;
      totals.rewarded += 1;
      totals.credited += row.amount;
    },
    show() {
      if (!totals) return;
      const end = now() / 1000;
      for (const each of seconds.keys()) if (each < end - 360) seconds.delete(each);
      for (const each of minutes.keys()) if (each < end - 3720) minutes.delete(each);
      put("events", words.grouped(totals.events));
      put("rewarded", words.grouped(totals.rewarded));
      put("credited", words.rsnc(totals.credited));
      put("refused", words.grouped(totals.events - totals.rewarded));
      put("last", ago());
      put("rate", words.grouped(inTheLastMinute()));
    },
  };
};
