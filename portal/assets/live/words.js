// How the live pages say things: amounts, moments, and the site's answers.
"use strict";

// One answer of the site as JSON. A session that has ended, or somebody who may not look any more, loads the page
// again, which says so. Throws where the site is out of reach.
const liveAsk = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) {
    window.location.reload();
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error(`the site answered ${answer.status}`);
  return answer.json();
};

const liveWords = (words) => {
  const zone = { timeZone: words.zone };
  const time = { hour: "2-digit", minute: "2-digit" };
  const clock = new Intl.DateTimeFormat("en-GB", { ...zone, ...time, second: "2-digit", fractionalSecondDigits: 3 });
  const moment = new Intl.DateTimeFormat("en-GB", { ...zone, ...time, day: "numeric", month: "short", year: "numeric" });
  const plain = new Intl.DateTimeFormat("sv-SE", { ...zone, dateStyle: "short", timeStyle: "medium" });
  const number = new Intl.NumberFormat("en-GB");
  return {
    clock: (date) => clock.format(date),
    moment: (date) => moment.format(date),
    // How far the brand's clock is from UTC at a moment, in milliseconds.
    offset: (at) => Date.parse(`${plain.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000,
    grouped: number.format,
    rsnc: (hundredths) => {
      const whole = number.format(Math.trunc(Math.abs(hundredths) / 100));
      return `${hundredths < 0 ? "−" : ""}${whole}.${`${Math.abs(hundredths) % 100}`.padStart(2, "0")}`;
    },
    status: (row) => words.statuses[row.status] ?? row.status,
    colour: (row) => words.colours[row.status],
    why: (row) => {
      if (row.reason) return words.reasons[row.reason] ?? row.reason;
      if (row.status !== "cooldown") return "";
      return row.next ? `until ${moment.format(new Date(row.next))}` : "for ever";
    },
  };
};
