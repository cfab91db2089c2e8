// @ts-check

// FB.login: a popup that reports back through the arbiter page or, where there
// can be no popup, a round trip of the page itself.

/** How often to look whether the person closed the popup, in milliseconds. */
const POPUP_POLL = 250;

/** How long a redirect may take: as long as the server keeps a pending login. */
const REDIRECT_LIFETIME = 3600 * 1000;

/** What a redirect's answer adds to the query of the page's address. */
const RESULT_PARAMS = [
  "code", "denied_scopes", "error", "error_code", "error_description", "error_message",
  "error_reason", "granted_scopes", "state",
];

/** Gives up the login that is under way. @type {(() => void) | null} */
let abandonPopup = null;

/**
 * FB.login([callback][, options]). It opens the popup before it returns: the
 * browser allows that only while a click is being handled.
 *
 * @param {Callback | LoginOptions} [first]
 * @param {LoginOptions} [second]
 */
function login(first, second) {
  const [callback, options = {}] = isCallback(first) ? [first, second] : [undefined, first];
  if (!isReady("login") || !hasApp() || !hasOrigin()) {
    answer(callback, { status: "unknown", authResponse: null });
    return;
  }
  if (options.display === "page" || !openPopup(callback, options)) {
    redirect(callback, options);
  }
}

/** @param {unknown} value @returns {value is Callback} */
function isCallback(value) {
  return typeof value === "function";
}

function hasApp() {
  if (!state.settings?.appId) {
    complain("FB.login needs the appId that FB.init was not given");
  }
  return Boolean(state.settings?.appId);
}

/** Sandboxed frames and files have no origin that an answer could be sent to. */
function hasOrigin() {
  const known = /^https?:/.test(window.origin);
  if (!known) {
    complain("FB.login works only on pages with an http or https origin");
  }
  return known;
}

/**
 * @param {Callback | undefined} callback
 * @param {LoginOptions} options
 * @returns {boolean} false: the browser allows no popup here
 */
function openPopup(callback, options) {
  const cb = unguessable();
  const frame = unguessable();
  const channel = new URLSearchParams({ cb, origin: window.origin, relation: "opener", frame });
  const url = dialogURL(options, {
    display: options.display === "touch" ? "touch" : "popup",
    redirect_uri: `${BASE}/x/connect/xd_arbiter/?version=1#${channel}`,
  });
  abandonPopup?.();
  // A name of its own, so that no other window of this browser can be led here.
  const popup = window.open(url, "login" + frame, popupFeatures());
  if (!popup || popup.closed) {
    return false;
  }

  let settled = false;
  const settle = () => {
    if (settled) {
      return false;
    }
    settled = true;
    clearInterval(poll);
    window.removeEventListener("message", onMessage);
    abandonPopup = null;
    popup.close();
    return true;
  };
  const giveUp = () => {
    if (settle()) {
      answer(callback, refuse("unknown"));
    }
  };
  /** @param {MessageEvent} event */
  const onMessage = (event) => {
    const data = event.data;
    const ours = event.origin === BASE_ORIGIN && event.source === popup &&
      data?.type === "prokura.login" && data.cb === cb && data.frame === frame;
    if (!ours || !settle()) {
      return;
    }
    const result = new URLSearchParams(String(data.result));
    const sent = wireValue(options.state);
    if (sent !== undefined && result.get("state") !== sent) {
      answer(callback, refuse("unknown"));
      return;
    }
    acceptResult(result).then((response) => answer(callback, response));
  };
  const poll = setInterval(() => {
    if (popup.closed) {
      clearInterval(poll);
      setTimeout(giveUp, POPUP_POLL); // its last message may still be on the way
    }
  }, POPUP_POLL);
  window.addEventListener("message", onMessage);
  abandonPopup = giveUp;
  return true;
}

/** In the middle of the page's window, small enough for it to stay in sight. */
function popupFeatures() {
  const width = Math.min(640, screen.availWidth);
  const height = Math.min(760, screen.availHeight);
  const left = Math.round(window.screenX + Math.max(0, (window.outerWidth - width) / 2));
  const top = Math.round(window.screenY + Math.max(0, (window.outerHeight - height) / 3));
  return `popup=1,scrollbars=1,resizable=1,width=${width},height=${height},left=${left},top=${top}`;
}

/**
 * Sends the page itself to the dialog; it comes back with the answer in its
 * address, which takeRedirect reads. The address must be one of the app's
 * redirect URIs.
 *
 * @param {Callback | undefined} callback  for when the page cannot leave
 * @param {LoginOptions} options
 */
function redirect(callback, options) {
  if (window.top !== window) {
    complain("the browser allowed no popup, and the dialog does not open inside a frame");
    answer(callback, { status: "unknown", authResponse: null });
    return;
  }
  const nonce = wireValue(options.state) ?? unguessable();
  try {
    window.sessionStorage.setItem(redirectKey(), JSON.stringify({ state: nonce, at: Date.now() }));
  } catch {
    complain("a login by redirect needs the page's session storage");
    answer(callback, { status: "unknown", authResponse: null });
    return;
  }
  const back = options.fallback_redirect_uri ?? options.redirect_uri ?? location.href;
  location.assign(dialogURL(options, {
    display: options.display === "touch" ? "touch" : "page",
    redirect_uri: String(new URL(back, location.href)).replace(/#.*$/s, ""),
    state: nonce,
  }));
}

function redirectKey() {
  return storageKey() + ":redirect";
}

/**
 * Reads the answer of a redirect out of the page's address and takes it off, so
 * that no token or code stays in the history. Only an answer with the state
 * that this tab sent is touched; any other is somebody else's.
 *
 * @returns {URLSearchParams | null}
 */
function takeRedirect() {
  /** @type {{state?: unknown, at?: unknown} | null} */
  let sent = null;
  try {
    sent = JSON.parse(window.sessionStorage.getItem(redirectKey()) ?? "null");
  } catch {
    return null;
  }
  if (typeof sent?.state !== "string" || typeof sent.at !== "number") {
    return null;
  }
  const url = new URL(location.href);
  const inFragment = new URLSearchParams(url.hash.slice(1));
  const result = [inFragment, url.searchParams].find((params) => params.get("state") === sent.state);
  const answers = result && ["access_token", "code", "error", "error_code"].some((name) => result.has(name));
  if (!answers) {
    return null;
  }
  window.sessionStorage.removeItem(redirectKey());
  const late = Date.now() - sent.at > REDIRECT_LIFETIME;
  const taken = new URLSearchParams(result);
  if (result === inFragment || url.hash === "#_=_") {
    url.hash = "";
  }
  if (result !== inFragment) {
    RESULT_PARAMS.forEach((name) => url.searchParams.delete(name));
  }
  history.replaceState(history.state, "", url.href.replace(/#$/, ""));
  return late ? null : taken;
}

/** Goes on with a login that left the page by redirect, if this page load is its return. */
async function finishRedirect() {
  const result = takeRedirect();
  if (result) {
    const response = await acceptResult(result);
    state.brought = response.authResponse?.code ? response : null;
  }
}
