// The little that HTML cannot say by itself: copying, opening a dialog that arrived, trouble on the way.
"use strict";

const say = (sentence) => {
  const toast = document.getElementById("toast");
  toast.textContent = sentence;
  window.clearTimeout(say.timer);
  say.timer = window.setTimeout(() => { toast.textContent = ""; }, 6000);
};

const ready = (part) => {
  for (const button of part.querySelectorAll("[data-copy]")) button.hidden = false;
};
ready(document);
document.addEventListener("htmx:load", (event) => ready(event.detail.elt));

for (const select of document.querySelectorAll("select[data-time-zone]")) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (select.value === "UTC" && [...select.options].some((option) => option.value === timeZone)) {
    select.value = timeZone;
  }
}

for (const current of document.querySelectorAll(".rail [aria-current], .tabs [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-close]");
  if (!button) return;
  if ("close" in button.dataset) {
    event.preventDefault();
    button.closest("dialog").close();
    return;
  }
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    say("Copied.");
  } catch {
    window.getSelection().selectAllChildren(source);
    say("Selected: copy it with your keyboard.");
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target.closest("dialog");
  if (dialog && !dialog.open) dialog.showModal();
});

// What a part of a page says of itself when it comes without a page.
document.addEventListener("said", (event) => say(event.detail.sentence));

// A key is proposed from the name, until somebody writes one.
document.addEventListener("input", ({ target }) => {
  const key = target.id && document.querySelector(`[data-proposed-from="${target.id}"]`);
  if (!key || key.value !== (key.dataset.proposed ?? "")) return;
  key.value = key.dataset.proposed = target.value.normalize("NFKD").toLowerCase()
    .replace(/\p{M}+/gu, "").replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 64);
});

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  say(status === 403
    ? "You may not do this any more, or the page is too old. Load it again."
    : `The server answered ${status}. Try again, or load the page again.`);
});

document.addEventListener("htmx:sendError", () => {
  say("The server could not be reached. Check your connection and try again.");
});

// A session that ended answers with the sign-in page, which must not land inside a fragment.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.responseURL.includes("/accounts/login/")) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});
