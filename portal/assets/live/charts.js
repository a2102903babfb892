// Events a second and a minute, drawn with Plotly in the colours of the page.
"use strict";

const liveCharts = ($, words, figures) => {
  const MOST_APART = 3000;
  let theme = null;
  let free = 0;              // the next moment at which the machine may be kept busy
  const drawn = new Map();

  const chart = (name, counts, step, length) => {
    const end = Math.floor(figures.now() / 1000 / step) * step;
    const moments = Array.from({ length: length + 1 }, (_, n) => end - (length - n) * step);
    const y = moments.map((at) => counts.get(at) ?? 0);
    const same = `${end} ${y}`;
    if (drawn.get(name) === same) return;
    drawn.set(name, same);
    // By the clock of now throughout, so that time goes on evenly where clocks are changed.
    const offset = words.offset(figures.now());
    const x = moments.map((at) => new Date(at * 1000 + offset).toISOString().slice(0, 19));
    const { bar, ink, grid } = theme;
    const bars = { type: "bar", x, y, marker: { color: bar }, hovertemplate: "%{y}<extra>%{x|%H:%M:%S}</extra>" };
    window.Plotly.react($(name), [bars], {
      height: 160, margin: { t: 8, r: 8, b: 28, l: 36 }, bargap: step === 1 ? 0 : 0.2,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 11 },
      xaxis: { type: "date", showgrid: false, fixedrange: true, tickformat: "%H:%M", nticks: 6, linecolor: grid },
      yaxis: {
        range: [0, Math.max(4, ...y) * 1.05], fixedrange: true, gridcolor: grid, zeroline: false, nticks: 4, tickformat: ",d",
      },
    }, { displayModeBar: false, responsive: true });
  };
  const draw = () => {
    const began = performance.now();
    if (document.hidden || !window.Plotly || began < free) return;
    theme ??= { bar: colourOf("--accent"), ink: colourOf("--ink-2"), grid: colourOf("--line") };
    $("charts").hidden = false;
    chart("seconds", figures.seconds, 1, 300);
    chart("minutes", figures.minutes, 60, 60);
    // Not more than a tenth of the time, on a slow machine every few seconds.
    free = performance.now() + Math.min(MOST_APART, 9 * (performance.now() - began));
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
