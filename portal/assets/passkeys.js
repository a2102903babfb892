// Hands a page's passkey form to django-allauth's script, and says in words what went wrong.
"use strict";

const CANCELLED = "Nothing was done: it was cancelled, or it took too long. Try again, or use another way.";
const WHY = {
  AbortError: CANCELLED,
  InvalidStateError: "This device has a passkey for you already.",
  NotAllowedError: CANCELLED,
  SecurityError: "Passkeys do not work at this address. Open the installation by its own name.",
};

// Browsers without passkeys, pages that are not secure and bare addresses keep the other ways.
const offered = window.PublicKeyCredential && !/^([\d.]+|\[.*\])$/.test(window.location.hostname);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!offered) continue;
  const button = form.querySelector("[data-passkey-button]");
  const { credential, passwordless } = form.elements;
  form.hidden = false;
  for (const sentence of document.querySelectorAll("[data-passkey-missing]")) sentence.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.click();
  });
  window.allauth.webauthn.forms[form.dataset.passkey]({
    ids: {
      add: button.id,
      authenticate: button.id,
      login: button.id,
      credential: credential.id,
      data: "passkey-data",
      passwordless: passwordless?.id,
    },
  });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const { name } = event.detail.exception;
  say(WHY[name] ?? "The passkey did not work. Try again, or use another way.");
});
