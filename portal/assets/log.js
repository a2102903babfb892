// The log while somebody looks at it: what is new, and one event in a drawer, with its own address.
"use strict";

const drawer = document.getElementById("drawer");
const rows = () => [...document.querySelectorAll("#found a.row")];
const shown = () => drawer.querySelector("[data-address]")?.dataset.address;

// Which row is in the drawer, and the one before or after it.
const beside = (step) => {
  const all = rows();
  const at = all.findIndex((row) => row.pathname === shown());
  return at < 0 ? undefined : all[at + step];
};

drawer.addEventListener("htmx:afterSwap", () => {
  const address = shown();
  if (!address) return;
  if (window.location.pathname !== address) {
    const state = { drawer: true };
    if (window.history.state?.drawer) window.history.replaceState(state, "", address);
    else window.history.pushState(state, "", address);
  }
  for (const button of drawer.querySelectorAll("[data-step]")) button.hidden = !beside(Number(button.dataset.step));
  drawer.scrollTop = 0;
});

const step = (by) => {
  const row = beside(by);
  if (!row) return;
  // Where the focus returns to when the drawer is closed is where the eye is.
  drawer.dataset.last = row.pathname;
  row.click();
};

drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close();
  const button = event.target.closest("[data-step]");
  if (button) step(Number(button.dataset.step));
});

document.addEventListener("keydown", (event) => {
  if (!drawer.open || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, pre")) return;
  if (event.key === "j" || event.key === "ArrowRight") step(1);
  if (event.key === "k" || event.key === "ArrowLeft") step(-1);
});

// Closing goes back to the log's own address, and going back closes. Nothing is loaded anew: the log is still there.
let leaving = false;

drawer.addEventListener("close", () => {
  const last = rows().find((row) => row.pathname === drawer.dataset.last);
  delete drawer.dataset.last;
  drawer.replaceChildren();
  last?.focus();
  if (!window.history.state?.drawer) return;
  leaving = true;
  window.history.back();
});

// On the window and early, before htmx would load the page.
window.addEventListener("popstate", (event) => {
  if (event.state?.drawer) {
    window.location.reload();
    return;
  }
  if (!leaving && !drawer.open) return;
  leaving = false;
  drawer.close();
  event.stopImmediatePropagation();
}, { capture: true });

// Whoever wants another tab gets one.
document.addEventListener("click", (event) => {
  const aside = event.ctrlKey || event.metaKey || event.shiftKey;
  if (aside && event.target.closest("a.row")) event.stopPropagation();
}, { capture: true });

// Not by htmx, which would call it an error when somebody goes on to another page meanwhile.
const ask = async (part) => {
  try {
    const answer = await window.fetch(part.dataset.poll);
    if (answer.status !== 200 || answer.redirected || !part.isConnected) return;
    const said = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    part.replaceWith(said);
    window.htmx.process(said);
  } catch {
    // It is asked again soon.
  }
};

window.setInterval(() => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-poll]")) ask(part);
}, 5000);
