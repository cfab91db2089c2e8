// @ts-check

// The page's login lives in the page's own origin: in memory and, if the page
// wants, in its storage. The platform's cookies are never asked across sites.

/**
 * A login as it is kept.
 *
 * @typedef {object} Session
 * @property {string} accessToken
 * @property {string} userID
 * @property {number} expiresAt  unix milliseconds; 0: does not expire
 * @property {number} dataAccessUntil  unix seconds; 0: never ends
 * @property {string} signedRequest
 * @property {string} graphDomain
 * @property {string} grantedScopes
 */

/** Everything that changes while the page lives. */
const state = {
  /** @type {Settings | null} */
  settings: null,
  /** @type {Session | null} */
  session: null,
  /** @type {facebook.LoginStatus} */
  status: "unknown",
  /** Whether this page load has asked the server about the kept token. */
  checked: false,
  /** The end of a login by redirect, if this page load is its return. @type {Promise<void>} */
  arrival: Promise.resolve(),
  /** A code that a redirect brought; it is shown, never kept. @type {Status | null} */
  brought: null,
};

/** Where the login is kept across page loads, if anywhere. @returns {Storage | null} */
function storage() {
  try {
    switch (state.settings?.keep) {
      case "local":
        return window.localStorage;
      case "session":
        return window.sessionStorage;
      default:
        return null;
    }
  } catch {
    return null; // the browser forbids storage here
  }
}

/** The name under which this app's login is kept; servers on one page do not mix. */
function storageKey() {
  return `prokura:${BASE_ORIGIN}:${state.settings?.appId ?? ""}`;
}

/** @returns {Session | null} */
function keptSession() {
  try {
    const kept = JSON.parse(storage()?.getItem(storageKey()) ?? "null");
    return typeof kept?.accessToken === "string" && typeof kept.userID === "string" ? kept : null;
  } catch {
    return null;
  }
}

/** @param {Session | null} session */
function keepSession(session) {
  try {
    if (session) {
      storage()?.setItem(storageKey(), JSON.stringify(session));
    } else {
      storage()?.removeItem(storageKey());
    }
  } catch {
    // Storage is full: the login lasts as long as the page.
  }
  writeCookie(session);
}

/**
 * Hands the signed request to the page's own server, which can verify it, and
 * exchange the code in it once for a token of its own.
 *
 * @param {Session | null} session
 */
function writeCookie(session) {
  if (!state.settings?.cookie) {
    return;
  }
  const name = "fbsr_" + encodeURIComponent(state.settings.appId);
  const parts = [`${name}=${session?.signedRequest ?? ""}`, "path=/", "SameSite=Lax"];
  if (!session?.signedRequest) {
    parts.push("max-age=0");
  } else if (session.expiresAt) {
    parts.push("max-age=" + secondsUntil(session.expiresAt));
  }
  if (location.protocol === "https:") {
    parts.push("Secure");
  }
  document.cookie = parts.join("; ");
}

/** @param {number} milliseconds unix time */
function secondsUntil(milliseconds) {
  return Math.max(0, Math.round((milliseconds - Date.now()) / 1000));
}

/** @param {Session} session */
function hasExpired(session) {
  return session.expiresAt !== 0 && session.expiresAt <= Date.now();
}

/** @param {Session} session @returns {AuthResponse} */
function authResponseOf(session) {
  /** @type {AuthResponse} */
  const response = {
    accessToken: session.accessToken,
    userID: session.userID,
    expiresIn: session.expiresAt ? secondsUntil(session.expiresAt) : 0,
    signedRequest: session.signedRequest,
    graphDomain: session.graphDomain,
    data_access_expiration_time: session.dataAccessUntil,
  };
  if (session.dataAccessUntil) {
    response.reauthorize_required_in = secondsUntil(session.dataAccessUntil * 1000);
  }
  if (session.grantedScopes) {
    response.grantedScopes = session.grantedScopes;
  }
  return response;
}

/** @returns {{status: facebook.LoginStatus, authResponse: AuthResponse | null}} */
function currentStatus() {
  if (state.session && hasExpired(state.session)) {
    changeSession(null, "authorization_expired");
  }
  const authResponse = state.session && authResponseOf(state.session);
  return { status: state.status, authResponse };
}

/**
 * Makes next the page's login and announces what that changes.
 *
 * @param {Session | null} next
 * @param {facebook.LoginStatus} status
 * @param {{entered?: boolean, kept?: boolean}} [how]  entered: a person has
 *   just logged in; kept: storage says so already
 */
function changeSession(next, status, how = {}) {
  const before = state.session;
  const statusBefore = state.status;
  state.session = next;
  state.status = status;
  state.checked = true;
  if (!how.kept) {
    keepSession(next);
  }
  const response = { status, authResponse: next && authResponseOf(next) };
  if (how.entered) {
    emit("auth.login", response);
  }
  if (before && !next) {
    emit("auth.logout", response);
  }
  if (before?.accessToken !== next?.accessToken) {
    emit("auth.authResponseChange", response);
  }
  if (statusBefore !== status) {
    emit("auth.statusChange", response);
  }
}

function getAuthResponse() {
  return currentStatus().authResponse;
}

function getAccessToken() {
  return getAuthResponse()?.accessToken ?? null;
}

function getUserID() {
  return getAuthResponse()?.userID ?? "";
}
