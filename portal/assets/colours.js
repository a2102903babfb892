// The stylesheet's colours for what is drawn by scripts: they depend on the scheme, and may be in a notation that
// Plotly does not read.
"use strict";

const colourOf = (name) => {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.setProperty("color", `var(${name})`);
  document.body.append(probe);
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  pixel.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pixel.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
};
const onOtherScheme = (redraw) => window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
