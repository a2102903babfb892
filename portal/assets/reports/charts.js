// Draws every [data-chart] from the JSON of that id, in the colours of the page:
// {"kind": "stack|bars|lines|heat|flow", "unit": "events|people|rsnc|percent|ms", "dates": true where labels are ISO days or
// times, "labels": […], "series": [{"name", "values": [… null is a gap]}]}. Amounts are hundredths, percent of 100.
// A flow has no series but "flows": [[from, to, how much]], by the labels' places.
// A heat map has a row for each series; "unfinished" are those of its cells whose time is not over, [[series, label]].
"use strict";

(() => {
  const COLOURS = 11;
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
  const UNITS = {
    events: { said: ",d", whole: true },
    people: { said: ",d", whole: true },
    rsnc: { said: ",.2f", after: " RSNC", of: 100 },
    percent: { said: ".1f", after: "%" },
    ms: { said: ",.1~f", after: " ms" },
  };
  const drawn = new Map();   // element → { data, hidden names, width }

  // Plotly takes some HTML, links among it, and entities in every text. What stands in a direction of its own turns
  // nothing round beside it.
  const safe = (text, most) => {
    const letters = [...`${text}`.replace(/[\p{Cc}\p{Bidi_Control}]/gu, " ")];
    const cut = letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : letters.join("");
    return `\u2068${cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}\u2069`;
  };
  // In two lines, between words, where one is too short: what begins alike is still told apart.
  const folded = (text, most) => {
    const at = text.length > most ? text.lastIndexOf(" ", most) : -1;
    return at > 0 ? `${safe(text.slice(0, at), most)}<br>${safe(text.slice(at + 1), most)}` : safe(text, most);
  };
  const dayOf = (label) => new Date(`${label.length > 10 ? label.slice(0, 16) : `${label}T00:00`}Z`);
  const timed = (label) => label.length > 10;
  // As the tables say it: Mon 23 Nov 2026, 14:00.
  const WEEKDAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const clock = (label) => label.slice(11, 16);
  const inMonth = (at) => `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  const short = (label) => timed(label) && clock(label) !== "00:00" ? clock(label) : inMonth(dayOf(label));
  const long = (label) => {
    const at = dayOf(label);
    return `${WEEKDAYS[at.getUTCDay()]} ${inMonth(at)} ${at.getUTCFullYear()}${timed(label) ? `, ${clock(label)}` : ""}`;
  };

  // Which labels are written out: as many as fit, on Mondays where days are passed over.
  const places = (data, fit) => {
    const count = data.labels.length;
    let step = Math.max(1, Math.ceil(count / Math.max(1, fit)));
    let first = 0;
    if (data.dates && step > 2 && !timed(data.labels[0])) {
      step = Math.ceil(step / 7) * 7;
      first = data.labels.findIndex((label) => dayOf(label).getUTCDay() === 1);
    }
    return Array.from({ length: Math.ceil((count - first) / step) }, (_, n) => first + n * step);
  };
  const apart = (names) => {
    const seen = new Map();
    return names.map((name) => {
      seen.set(name, (seen.get(name) ?? -1) + 1);
      return name + "\u200b".repeat(seen.get(name));
    });
  };
  const theme = () => ({
    ink: colourOf("--ink"), quiet: colourOf("--ink-2"), grid: colourOf("--line"), ground: colourOf("--surface"),
    least: colourOf("--accent-soft"), most: colourOf("--accent"), onMost: colourOf("--on-accent"),
    series: Array.from({ length: COLOURS }, (_, n) => colourOf(`--series-${n + 1}`)),
  });
  const largest = (rows) => rows.flat().reduce((most, value) => Math.max(most, value ?? 0), 0);
  const scale = (unit, most) => ({
    rangemode: "tozero", fixedrange: true, gridcolor: null, zeroline: false, nticks: 5, ticksuffix: unit.after === "%" ? "%" : "",
    tickformat: most >= 10_000 ? "~s" : ",.2~f", ...(unit.whole && most <= 5 ? { dtick: 1 } : {}),
    ...(most ? {} : { range: [0, 1] }),
  });

  const lines = (data, unit, width, paint) => {
    const values = data.series.map(({ values }) => values.map((value) => value === null ? null : value / (unit.of ?? 1)));
    const count = data.labels.length;
    const stacked = data.kind === "stack";
    const most = width < 500 ? 20 : 40;
    // By name, since the hover text's title knows nothing else: an hour that comes twice is two.
    const x = apart(data.labels.map((label) => safe(data.dates ? long(label) : label, 60)));
    // One day alone is not as broad as the page.
    const beside = Math.max(0, Math.floor(width / 160) - count) / 2;
    const alone = (row, at) => row[at] !== null && (row[at - 1] ?? null) === null && (row[at + 1] ?? null) === null;
    const traces = data.series.map(({ name }, n) => ({
      type: stacked ? "bar" : "scatter", x, name: safe(name, most), showlegend: false,
      // What is nothing is not worth a line of the hover text, unless nothing else is there.
      y: stacked && data.series.length > 1 ? values[n].map((value) => value || null) : values[n],
      hovertemplate: `%{y:${unit.said}}${unit.after ?? ""}`,
      ...(stacked
        ? { marker: { color: paint.series[n % COLOURS], line: { color: paint.ground, width: count <= 45 ? 1 : 0 } } }
        : {
          mode: "lines+markers", line: { color: paint.series[n % COLOURS], width: 2, dash: DASHES[n % DASHES.length] },
          marker: { color: paint.series[n % COLOURS], size: values[n].map((_, at) => (count <= 45 || alone(values[n], at) ? 6 : 0)) },
        }),
    }));
    const sums = data.labels.map((_, at) => values.reduce((sum, row) => sum + (row[at] ?? 0), 0));
    if (stacked && data.series.length > 1) {
      traces.push({
        type: "scatter", mode: "markers", marker: { color: "rgba(0,0,0,0)" }, x, y: sums, name: "Together", showlegend: false,
        hovertemplate: `%{y:${unit.said}}${unit.after ?? ""}`,
      });
    }
    const at = places(data, (width - 60) / (data.dates ? 62 : 90));
    return [traces, {
      height: width < 500 ? 240 : 300, barmode: "relative", bargap: count > 45 ? 0.1 : 0.25, hovermode: "x unified",
      margin: { t: 10, r: 22, b: 32, l: 48 },
      xaxis: {
        type: "category", categoryorder: "array", categoryarray: x, range: [-0.6 - beside, count - 0.4 + beside], showgrid: false, zeroline: false, fixedrange: true, linecolor: paint.grid, tickangle: 0,
        tickvals: at.map((n) => x[n]), ticktext: at.map((n) => data.dates ? short(data.labels[n]) : safe(data.labels[n], 14)),
        unifiedhovertitle: { text: "%{x}" },
      },
      yaxis: { ...scale(unit, largest(stacked ? [sums] : values)), gridcolor: paint.grid, automargin: true },
    }];
  };
  // Lying, since their labels are words.
  const bars = (data, unit, width, paint) => {
    const values = data.series.map(({ values }) => values.map((value) => value === null ? null : value / (unit.of ?? 1)));
    const most = width < 500 ? 18 : 40;
    const labels = data.labels.map((label) => folded(data.dates ? short(label) : label, width < 500 ? 18 : 42));
    const y = data.labels.map((_, n) => n);
    const top = largest(values);
    const traces = data.series.map(({ name }, n) => ({
      type: "bar", orientation: "h", y, x: values[n], name: safe(name, most), showlegend: false,
      marker: { color: paint.series[n % COLOURS] }, textposition: "outside", cliponaxis: false, texttemplate: `%{x:${unit.said}}`,
      textfont: { color: paint.ink }, customdata: data.labels.map((label) => safe(data.dates ? long(label) : label, 60)),
      hovertemplate: `%{customdata}<br>${data.series.length > 1 ? `${safe(name, most)}: ` : ""}%{x:${unit.said}}${unit.after ?? ""}<extra></extra>`,
    }));
    return [traces, {
      height: 42 + labels.length * Math.max(labels.some((label) => label.includes("<br>")) ? 34 : 26, 20 * data.series.length), barmode: "group", bargap: 0.25, hovermode: "closest",
      margin: { t: 4, r: 12, b: 28, l: 8 },
      xaxis: { ...scale(unit, top), gridcolor: paint.grid, range: [0, (top || 1) * (width < 500 ? 1.4 : 1.15)] },
      yaxis: {
        range: [data.labels.length - 0.5, -0.5], showgrid: false, zeroline: false, fixedrange: true, automargin: true, ticklabelstandoff: 6,
        tickvals: y, ticktext: labels,
      },
    }];
  };

  const channels = (colour) => colour.match(/\d+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = channels(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const between = (least, most, share) =>
    `rgb(${channels(least).map((part, n) => Math.round(part + (channels(most)[n] - part) * share)).join(", ")})`;
  const readable = (ground, colours) => {
    const contrast = (colour) => Math.max(light(colour), light(ground)) / Math.min(light(colour), light(ground));
    return colours.reduce((best, colour) => contrast(colour) > contrast(best) ? colour : best);
  };
  const heat = (data, unit, width, paint) => {
    const z = data.series.map(({ values }) => values.map((value) => value === null ? null : value / (unit.of ?? 1)));
    const x = data.labels.map((_, n) => n);
    const y = data.series.map((_, n) => n);
    const top = largest(z) || 1;
    const row = Math.max(14, Math.min(26, 900 / y.length));
    const names = data.series.map(({ name }) => safe(name, 60));
    const open = new Set((data.unfinished ?? []).map(([at, to]) => `${at} ${to}`));
    const grows = (at, to) => open.has(`${at} ${to}`);
    const traces = [{
      type: "heatmap", x, y, z, zmin: 0, zmax: top, xgap: 1, ygap: 1, hoverongaps: false,
      colorscale: [[0, paint.least], [1, paint.most]],
      customdata: y.map((at) => x.map((to) => `${names[at]}<br>${safe(data.labels[to], 60)}${grows(at, to) ? ", so far" : ""}`)),
      hovertemplate: `%{customdata}<br>%{z:${unit.said}}${unit.after ?? ""}<extra></extra>`,
      // Plotly's own scale is drawn with style attributes, which the policy refuses.
      showscale: false,
    }];
    // Numbers where a cell has room for them.
    if ((width - 150) / x.length >= 40 && row >= 20) {
      const cells = y.flatMap((at) => x.map((to) => [to, at, z[at][to]])).filter(([, , value]) => typeof value === "number");
      traces.push({
        type: "scatter", mode: "text", hoverinfo: "skip", showlegend: false,
        x: cells.map(([to]) => to), y: cells.map(([, at]) => at), text: cells.map(([, , value]) => value),
        texttemplate: cells.map(([to, at]) => `${unit.after === "%" ? "%{text:.0f}" : "%{text:,.2~f}"}${grows(at, to) ? "…" : ""}`),
        textfont: {
          size: 12,
          color: cells.map(([, , value]) => readable(between(paint.least, paint.most, value / top), [paint.ink, paint.onMost])),
        },
      });
    }
    const letters = Math.max(...data.labels.map((label) => label.length));
    const wide = places({ labels: data.labels }, (width - 150) / (16 + 6.5 * Math.min(letters, 12)));
    const tall = places({ labels: data.series }, y.length * row / 14);
    return [traces, {
      height: 32 + y.length * row, hovermode: "closest", margin: { t: 4, r: 8, b: 28, l: 8 },
      xaxis: {
        range: [-0.5, Math.max(x.length, Math.floor(width / 120)) - 0.5], ticks: "", showgrid: false, zeroline: false, fixedrange: true, tickangle: 0,
        tickvals: wide, ticktext: wide.map((n) => safe(data.labels[n], 12)),
      },
      yaxis: {
        range: [y.length - 0.5, -0.5], ticks: "", showgrid: false, zeroline: false, fixedrange: true, automargin: true, ticklabelstandoff: 6,
        tickvals: tall, ticktext: tall.map((n) => safe(data.series[n].name, width < 500 ? 18 : 36)),
      },
    }];
  };
  const KINDS = { stack: lines, lines, bars, heat, flow: flowBy({ safe, channels, colours: COLOURS }) };

  const draw = (element) => {
    const state = drawn.get(element);
    const width = element.clientWidth;
    if (!state || !width || !window.Plotly) return;
    state.width = width;
    const paint = state.paint ??= theme();
    const { data, hidden } = state;
    const shown = data.series.map((series, n) => (hidden.has(n) ? { ...series, values: series.values.map(() => null) } : series));
    const unit = UNITS[data.unit] ?? UNITS.events;
    const [traces, layout] = KINDS[data.kind]({ ...data, series: shown }, unit, width, paint);
    window.Plotly.react(element, traces, {
      ...layout, width, dragmode: false, showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: paint.quiet, size: 12 },
      hoverlabel: {
        bgcolor: paint.ground, bordercolor: paint.quiet, font: { color: paint.ink, size: 12 }, namelength: -1, align: "left",
      },
    }, { displayModeBar: false, doubleClick: false, showTips: false });
  };

  // What is what, outside of the drawing: text that nobody has to escape, and each can be taken away and put back.
  const shades = (element, { data }) => {
    const unit = UNITS[data.unit] ?? UNITS.events;
    const most = largest(data.series.map(({ values }) => values)) / (unit.of ?? 1);
    const scale = document.createElement("p");
    const end = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 }).format(most) + (unit.after ?? "");
    scale.className = "legend";
    scale.append(`0${unit.after ?? ""}`, document.createElement("span"), end);
    element.after(scale);
  };
  const legend = (element, state) => {
    if (state.data.kind === "heat") return shades(element, state);
    if (state.data.series.length < 2) return;
    const list = document.createElement("ul");
    list.className = "legend";
    state.data.series.forEach(({ name }, n) => {
      const button = document.createElement("button");
      const swatch = document.createElement("span");
      const label = document.createElement("bdi");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      swatch.style.setProperty("background", `var(--series-${n % COLOURS + 1})`);
      label.textContent = name;
      button.append(swatch, label);
      button.addEventListener("click", () => {
        const gone = !state.hidden.delete(n);
        if (gone) state.hidden.add(n);
        button.setAttribute("aria-pressed", `${!gone}`);
        draw(element);
      });
      list.append(document.createElement("li"));
      list.lastChild.append(button);
    });
    element.after(list);
  };
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (drawn.has(target) && drawn.get(target).width !== target.clientWidth) window.requestAnimationFrame(() => draw(target));
    }
  });
  const begin = (part) => {
    for (const element of part.querySelectorAll("[data-chart]")) {
      if (drawn.has(element)) continue;
      const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
      if (!data.labels.length || !(data.series.length || data.flows?.length)) continue;
      // What came back from the browser's history was drawn by a script that is gone.
      element.replaceChildren();
      if (element.nextElementSibling?.matches(".legend")) element.nextElementSibling.remove();
      const state = { data, hidden: new Set(), width: 0, paint: null };
      drawn.set(element, state);
      draw(element);
      legend(element, state);
      resized.observe(element);
    }
  };
  const end = (part) => {
    for (const element of drawn.keys()) {
      if (!part.contains(element)) continue;
      resized.unobserve(element);
      window.Plotly?.purge(element);
      drawn.delete(element);
    }
  };
  begin(document);
  document.addEventListener("htmx:load", ({ detail }) => begin(detail.elt.parentNode ?? document));
  document.addEventListener("htmx:beforeCleanupElement", ({ detail }) => { if (detail.elt.nodeType === 1) end(detail.elt); });
  onOtherScheme(() => {
    for (const [element, state] of drawn) {
      state.paint = null;
      draw(element);
    }
  });
})();
