// @ts-check

/**
 * FB.init. A login kept by an earlier page load counts only once
 * getLoginStatus has shown it to the server.
 *
 * @param {facebook.InitParams} params
 */
function init(params) {
  const version = String(params?.version ?? "");
  if (!/^v\d+\.\d+$/.test(version)) {
    throw new Error("FB.init needs a version such as v23.0");
  }
  const appId = String(params.appId ?? "");
  if (state.settings?.appId !== appId) {
    Object.assign(state, { session: null, status: "unknown", checked: false, brought: null });
  }
  state.settings = { appId, version, cookie: isOn(params.cookie), keep: keepPlace(params.localStorage) };
  const arrival = finishRedirect();
  state.arrival = Promise.all([state.arrival, arrival]).then(() => {});
  if (isOn(params.status)) {
    getLoginStatus();
  }
  if (isOn(params.xfbml)) {
    whenParsed(() => parseXFBML());
  }
}

/**
 * Unasked, a login lasts as long as the tab: a token should not outlive the
 * visit unless the page wants it to.
 *
 * @param {unknown} option  localStorage of FB.init
 * @returns {Settings["keep"]}
 */
function keepPlace(option) {
  if (option === undefined) {
    return "session";
  }
  return isOn(option) ? "local" : "memory";
}

/** @param {string} name  the method that asks */
function isReady(name) {
  if (!state.settings) {
    complain(`FB.${name} was called before FB.init`);
  }
  return state.settings !== null;
}

/** @param {() => void} work */
function whenParsed(work) {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", work, { once: true });
  } else {
    work();
  }
}

/** Reads `…/sdk.js#xfbml=1&version=v23.0&appId=1`: FB.init without a line of script. */
function initFromAddress() {
  const script = document.currentScript;
  const source = script instanceof HTMLScriptElement ? script.src : "";
  const params = new URLSearchParams(source.split("#")[1] ?? "");
  const version = params.get("version");
  if (!version) {
    return;
  }
  init({
    appId: params.get("appId") ?? "",
    version,
    cookie: isOn(params.get("cookie")),
    localStorage: params.has("localStorage") ? isOn(params.get("localStorage")) : undefined,
    status: isOn(params.get("status")),
    xfbml: isOn(params.get("xfbml")),
  });
}

/**
 * Calls the page's fbAsyncInit once the page's script has run. Some loaders set
 * it only after the script's load event: then it is called when it is set.
 */
function startPage() {
  if (typeof window.fbAsyncInit === "function") {
    window.fbAsyncInit();
    return;
  }
  Object.defineProperty(window, "fbAsyncInit", {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value) {
      Object.defineProperty(window, "fbAsyncInit", {
        configurable: true,
        enumerable: true,
        writable: true,
        value,
      });
      if (typeof value === "function") {
        answer(value, undefined);
      }
    },
  });
}

const surface = {
  AppEvents: appEvents,
  Canvas: {},
  Event: { subscribe, unsubscribe },
  XFBML: { parse: parseXFBML },
  api,
  getAccessToken,
  getAuthResponse,
  getLoginStatus,
  getUserID,
  init,
  login,
  logout,
  ui,
};

// The public declarations check every method here.
window.FB = surface;

watchOtherTabs();
initFromAddress();
setTimeout(startPage, 0);
