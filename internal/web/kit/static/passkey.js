// Asks the device for a passkey, or for a new one, and sends its answer with the
// form around the button.
"use strict";

(() => {
  const able = "PublicKeyCredential" in window && navigator.credentials;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => {
    if (!buffer) return undefined;
    let plain = "";
    for (const b of new Uint8Array(buffer)) plain += String.fromCharCode(b);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  // The question holds binary values as base64url.
  const opened = ({ publicKey }) => {
    const open = { ...publicKey, challenge: bytes(publicKey.challenge) };
    if (publicKey.user) open.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (publicKey[list]) open[list] = publicKey[list].map((c) => ({ ...c, id: bytes(c.id) }));
    }
    return { publicKey: open };
  };

  const closed = (credential) => {
    const from = credential.response;
    const response = { clientDataJSON: text(from.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      const value = text(from[name]);
      if (value !== undefined) response[name] = value;
    }
    if (from.getTransports) response.transports = from.getTransports();
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    // Beside other ways to go on, a button of its own asks for the passkey.
    const own = form.querySelector("[data-passkey-ask]");
    const button = own ?? form.querySelector("button[type=submit]");
    const failed = form.querySelector("[data-passkey-failed]");
    if (!able) continue;
    form.querySelector("[data-passkey-missing]").hidden = true;
    button.hidden = false;

    let asking = false;
    form.addEventListener("submit", async (event) => {
      if (own && event.submitter !== own) return;
      event.preventDefault();
      if (asking) return;
      asking = true;
      failed.hidden = true;
      button.setAttribute("aria-disabled", "true");
      try {
        const question = opened(JSON.parse(form.dataset.question));
        const credential = form.dataset.passkey === "create"
          ? await navigator.credentials.create(question)
          : await navigator.credentials.get(question);
        form.elements.passkey.value = closed(credential);
        form.submit();
      } catch {
        // Cancelled, timed out, or nothing that fits: browsers do not say which.
        failed.hidden = false;
        button.removeAttribute("aria-disabled");
        asking = false;
      }
    });
  }
})();
