// @ts-check

// <fb:login-button> and <div class="fb-login-button">: a real button, so that
// keyboard, screen reader and forced colours work without help.

/** Attributes that become options of FB.login; `data-` and `_` are optional in a page. */
const BUTTON_OPTIONS = [
  "auth-type", "config-id", "default-audience", "display", "enable-profile-selector", "extras",
  "fallback-redirect-uri", "messenger-page-id", "nonce", "override-default-response-type",
  "profile-selector-ids", "redirect-uri", "response-type", "return-scopes", "scope", "state",
];

const BUTTON_STYLE = `
.prokura-login {
  all: revert; box-sizing: border-box; display: inline-flex; align-items: center; justify-content: center;
  gap: .6em; max-width: 100%; margin: 0; border: 1px solid #4a5a78; border-radius: 4px; cursor: pointer;
  background: #1d2b4a; color: #fff; font: 600 15px/1.2 system-ui, sans-serif; text-align: center;
  min-height: 36px; padding: 6px 14px;
}
.prokura-login[data-size=small] { font-size: 13px; min-height: 28px; padding: 3px 10px; }
.prokura-login[data-size=large] { font-size: 17px; min-height: 44px; padding: 8px 20px; }
.prokura-login[data-layout=rounded] { border-radius: 22px; }
.prokura-login:hover { background: #2b3f6b; }
.prokura-login:focus-visible { outline: 3px solid #1d2b4a; outline-offset: 2px; box-shadow: 0 0 0 2px #fff; }
.prokura-login[aria-busy=true] { cursor: progress; }
.prokura-login svg { flex: none; width: 1.2em; height: 1.2em; fill: currentColor; }
`;

/** A shield with a keyhole: somebody vouches for who comes in. */
const BUTTON_ICON = "M12 1 3 4.5V11c0 5.3 3.7 9.6 9 12 5.3-2.4 9-6.7 9-12V4.5L12 1zm0 6.5a2.5 2.5 0 0 1 " +
  "1.2 4.7V16h-2.4v-3.8A2.5 2.5 0 0 1 12 7.5z";

let styled = false;

/** Constructed style sheets pass a content security policy that forbids inline style. */
function styleButtons() {
  if (styled) {
    return;
  }
  styled = true;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(BUTTON_STYLE);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

/**
 * FB.XFBML.parse([node][, callback]): turns the buttons in node, or in the
 * whole page, into buttons. What was turned before stays.
 *
 * @param {Element | null} [node]
 * @param {() => void} [callback]
 */
function parseXFBML(node, callback) {
  const selector = "fb\\:login-button, .fb-login-button";
  const root = node ?? document.documentElement;
  const found = [...root.querySelectorAll(selector)];
  if (root.matches(selector)) {
    found.push(root);
  }
  for (const place of found) {
    if (!place.querySelector("button.prokura-login")) {
      renderButton(place);
    }
  }
  emit("xfbml.render");
  answer(callback, undefined);
}

/**
 * @param {Element} place
 * @param {string} name with hyphens
 * @returns {string | null}
 */
function attribute(place, name) {
  const lowLines = name.replace(/-/g, "_");
  for (const form of [name, lowLines, "data-" + name, "data-" + lowLines]) {
    const value = place.getAttribute(form);
    if (value !== null) {
      return value.trim();
    }
  }
  return null;
}

/** @param {Element} place */
function renderButton(place) {
  styleButtons();
  const button = document.createElement("button");
  const label = document.createElement("span");
  const ownText = place.textContent?.trim() ?? "";
  button.type = "button";
  button.className = "prokura-login";
  button.dataset.size = attribute(place, "size") ?? "medium";
  button.dataset.layout = attribute(place, "layout") ?? "default";
  const width = Number.parseInt(attribute(place, "width") ?? "", 10);
  if (width > 0) {
    button.style.width = width + "px";
  }
  if (!ownText) {
    button.lang = LANGUAGE;
  }
  button.append(buttonIcon(), label);
  const leaves = () => isOn(attribute(place, "auto-logout-link")) && state.status === "connected";
  const show = () => {
    label.textContent = leaves() ? word("logout") : ownText || buttonWord(place);
  };
  const follow = () => {
    if (button.isConnected) {
      show();
    } else {
      unsubscribe("auth.statusChange", follow);
    }
  };
  button.addEventListener("click", () => {
    /** @param {unknown} response */
    const done = (response) => {
      button.removeAttribute("aria-busy");
      runHandler(attribute(place, "onlogin"), place.hasAttribute("onlogin"), response);
    };
    if (leaves()) {
      logout(done);
      return;
    }
    button.setAttribute("aria-busy", "true");
    login(done, buttonOptions(place));
  });
  show();
  place.replaceChildren(button);
  place.setAttribute("fb-xfbml-state", "rendered");
  subscribe("auth.statusChange", follow);
}

/** @param {Element} place */
function buttonWord(place) {
  return word(attribute(place, "button-type") === "continue_with" ? "resume" : "login");
}

/** @param {Element} place @returns {LoginOptions} */
function buttonOptions(place) {
  /** @type {LoginOptions} */
  const options = {};
  for (const name of BUTTON_OPTIONS) {
    const value = attribute(place, name);
    if (value) {
      options[name.replace(/-/g, "_")] = value;
    }
  }
  return options;
}

function buttonIcon() {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", BUTTON_ICON);
  svg.append(path);
  return svg;
}

/**
 * Runs the expression text of `onlogin`. A plain call of a global function, as
 * nearly all are, works under a content security policy that forbids eval.
 * Other code runs only from `onlogin` itself: sanitizers let `data-onlogin`
 * through, so what people write into a page must not become code there.
 *
 * @param {string | null} text
 * @param {boolean} code
 * @param {unknown} response
 */
function runHandler(text, code, response) {
  if (!text) {
    return;
  }
  const call = /^(?:window\.)?([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)\s*(?:\(\s*\))?\s*;?$/.exec(text);
  const names = call?.[1]?.split(".") ?? [];
  /** @type {any} */
  let owner = window;
  for (const name of names.slice(0, -1)) {
    owner = owner?.[name];
  }
  const handler = owner?.[names[names.length - 1] ?? ""];
  try {
    if (typeof handler === "function") {
      handler.call(owner, response);
    } else if (code) {
      new Function("response", text).call(window, response);
    }
  } catch (error) {
    reportError(error);
  }
}
