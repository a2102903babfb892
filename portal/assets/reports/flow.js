// Draws a flow for charts.js: {"kind": "flow", "unit", "labels", "flows": [[from, to, how much], …], "hues": [number or null]},
// by the labels' places. Labels of one hue are of one colour.
"use strict";

const flowBy = ({ safe, channels, colours }) => {
  const faint = (colour) => `rgba(${channels(colour).slice(0, 3).join(", ")}, 0.35)`;
  // Every word of it, in lines that a phone has room for.
  const whole = (text) => (text.match(/\S.{0,33}(?=\s|$)|\S.{0,33}/gu) ?? [""]).map((part) => safe(part, 60)).join("<br>");
  const FONT = '"Open Sans", verdana, arial, sans-serif';
  const pencil = document.createElement("canvas").getContext("2d");
  const wideness = (text) => {
    pencil.font = `12px ${FONT}`;
    return pencil.measureText(text).width;
  };
  const fitting = (text, room) => {
    let most = 40;
    while (most > 1 && wideness(safe(text, most).replaceAll("&lt;", "<").replaceAll("&amp;", "&")) > room) most -= 1;
    return safe(text, most);
  };
  // Without a hue what issues is in one colour, and what becomes of it in those that the bars by month have for it.
  return (data, unit, width, paint) => {
    const from = new Set(data.flows.map(([at]) => at));
    const to = new Set(data.flows.map(([, at]) => at));
    const ends = data.labels.map((_, n) => n).filter((n) => !from.has(n));
    const colour = (n) => {
      const hue = data.hues?.[n] ?? null;
      if (hue !== null) return paint.series[hue % colours];
      return from.has(n) ? paint.most : paint.series[ends.indexOf(n) % colours];
    };
    // Where several come together, each keeps its colour.
    const alone = (n) => data.flows.filter(([, at]) => at === n).length === 1;
    const held = data.labels.map((_, n) => Math.max(...[0, 1].map((side) => data.flows.reduce((sum, part) => sum + (part[side] === n ? part[2] : 0), 0))) / unit.of);
    const said = (value) => new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2 }).format(value);
    const roomy = width >= 700;
    const figure = (n) => (roomy ? `  ${said(held[n])}` : "");
    // Half of the width is a side's.
    const name = (n) => fitting(data.labels[n], width / 2 - 30 - wideness(figure(n))) + figure(n);
    const middle = data.labels.map((_, n) => n).filter((n) => from.has(n) && to.has(n));
    const rows = Math.max(data.labels.length - middle.length - ends.length, ends.length);
    const hover = `<br>%{value:${unit.said}}${unit.after}<extra></extra>`;
    return [[{
      type: "sankey", arrangement: "fixed", domain: { x: [0, 1], y: [0, 1] },
      textfont: { family: FONT, color: paint.ink, size: 12, shadow: ["-1px 0", "1px 0", "0 -1px", "0 1px"].map((at) => `${at} 2px ${paint.ground}`).join(", ") },
      node: {
        // The middle's name stands above it, where no other is.
        label: data.labels.map((_, n) => (middle.includes(n) ? "" : name(n))),
        customdata: data.labels.map(whole), hovertemplate: `%{customdata}${hover}`,
        color: data.labels.map((_, n) => colour(n)), pad: 18, thickness: roomy ? 16 : 10, line: { width: 0 },
      },
      link: {
        source: data.flows.map(([at]) => at), target: data.flows.map(([, at]) => at), value: data.flows.map(([, , value]) => value / unit.of),
        color: data.flows.map(([at, then]) => faint(colour(ends.includes(then) && alone(then) ? then : at))),
        customdata: data.flows.map(([at, then]) => `${whole(data.labels[at])}<br>→ ${whole(data.labels[then])}`),
        hovertemplate: `%{customdata}${hover}`,
      },
    }], {
      height: Math.max(width < 500 ? 240 : 300, 60 + rows * 30), hovermode: "closest", margin: { t: middle.length ? 30 : 10, r: 4, b: 14, l: 4 },
      annotations: middle.map((n) => ({
        x: 0.5, y: 1, yshift: 10, xref: "paper", yref: "paper", yanchor: "bottom", showarrow: false, font: { color: paint.ink, size: 12 },
        text: `${safe(data.labels[n], 40)}  ${said(held[n])}`,
      })),
    }];
  };
};
