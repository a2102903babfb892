// Events a second and a minute, drawn with Plotly in the colours of the page.
"use strict";

const liveCharts = ($, words, figures) => {
  const MOST_APART = 3000;
  // Hundreds of bars are hundreds of elements; an area that goes up and down in steps looks the same and is one.
  const CHARTS = {
    seconds: { step: 1, length: 300, look: (bar) => ({ type: "scatter", mode: "lines", fill: "tozeroy", fillcolor: bar, line: { shape: "hv", width: 1, color: bar } }) },
    minutes: { step: 60, length: 60, look: (bar) => ({ type: "bar", marker: { color: bar } }) },
  };
  let theme = null;
  let free = 0;              // the next moment at which the machine may be kept busy
  const drawn = new Map();   // what each shows

  const chart = (name) => {
    const { step, length, look } = CHARTS[name];
    const counts = figures[name];
    const end = Math.floor(figures.now() / 1000 / step) * step;
    const moments = Array.from({ length: length + 1 }, (_, n) => end - (length - n) * step);
    const y = moments.map((at) => counts.get(at) ?? 0);
    const same = `${end} ${y}`;
    if (drawn.get(name) === same) return;
    drawn.set(name, same);
    // By the clock of now throughout, so that time goes on evenly where clocks are changed.
    const offset = words.offset(figures.now());
    const x = moments.map((at) => new Date(at * 1000 + offset).toISOString().slice(0, 19));
    theme ??= { bar: colourOf("--accent"), ink: colourOf("--ink-2"), grid: colourOf("--line") };
    const { bar, ink, grid } = theme;
    const bars = { ...look(bar), x, y, hovertemplate: "%{y}<extra>%{x|%H:%M:%S}</extra>" };
    window.Plotly.react($(name), [bars], {
      height: 160, margin: { t: 8, r: 8, b: 28, l: 36 }, bargap: 0.2, hovermode: "x",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 11 },
      xaxis: { type: "date", showgrid: false, fixedrange: true, tickformat: "%H:%M", nticks: 6, linecolor: grid },
      yaxis: {
        range: [0, Math.max(4, ...y) * 1.05], fixedrange: true, gridcolor: grid, zeroline: false, nticks: 4, tickformat: ",d",
      },
    }, { displayModeBar: false, responsive: true });
  };
  const draw = () => {
    if (document.hidden || !window.Plotly || performance.now() < free) return;
    $("charts").hidden = false;
    one(Object.keys(CHARTS), 0);
  };
  // With a moment between them, in which a click is answered.
  const one = ([name, ...others], spent) => {
    const began = performance.now();
    chart(name);
    const now = performance.now();
    const took = spent + now - began;
    if (others.length) setTimeout(one, 0, others, took);
    // Not more than a tenth of the time, on a slow machine every few seconds.
    else free = now + Math.min(MOST_APART, 9 * took);
  };
  onOtherScheme(() => {
    theme = null;
    drawn.clear();
    free = 0;
    draw();
  });
  document.addEventListener("visibilitychange", draw);
  return { draw };
};
