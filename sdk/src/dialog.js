// @ts-check

// What goes to the login dialog and what comes back, for popup and redirect
// alike.

/** Asked for unless the page overrides it. */
const DEFAULT_RESPONSE = ["token", "signed_request", "graph_domain"];

/** Options of FB.login that the SDK turns into something else, or sets itself. */
const OWN_OPTIONS = new Set([
  "app_id", "cb", "client_id", "display", "fallback_redirect_uri", "locale",
  "method", "redirect_uri", "response_type", "scope", "sdk", "version", "wants_cookie_data",
]);

/**
 * What a page gives FB.login; strings when it comes from a button's attributes.
 *
 * @typedef {Record<string, any>} LoginOptions
 */

/**
 * The dialog's address. Options that this SDK does not know go along: the
 * server reads what it understands.
 *
 * @param {LoginOptions} options
 * @param {Record<string, string>} plumbing  display, redirect_uri, state
 */
function dialogURL(options, plumbing) {
  const { appId = "", version = "" } = state.settings ?? {};
  const query = new URLSearchParams({ app_id: appId, client_id: appId });
  for (const [name, value] of Object.entries(options)) {
    const text = wireValue(value);
    if (!OWN_OPTIONS.has(name) && text !== undefined) {
      query.set(name, text);
    }
  }
  const scope = wireValue(nameList(options.scope));
  if (scope) {
    query.set("scope", scope);
  }
  query.set("response_type", responseType(options));
  if (state.settings?.cookie) {
    query.set("wants_cookie_data", "true"); // a code in the signed request
  }
  query.set("locale", LOCALE);
  query.set("sdk", "joey");
  query.set("version", version);
  for (const [name, value] of Object.entries(plumbing)) {
    query.set(name, value);
  }
  return `${BASE}/${version}/dialog/oauth?${query}`;
}

/**
 * The page's response type joins the default set, or replaces it if the page
 * says so: a system-user configuration needs `code` alone (R-LOGIN-04).
 *
 * @param {LoginOptions} options
 */
function responseType(options) {
  const asked = String(nameList(options.response_type ?? "")).split(/[\s,]+/).filter(Boolean);
  if (asked.length && isOn(options.override_default_response_type)) {
    return asked.join(",");
  }
  return [...new Set([...DEFAULT_RESPONSE, ...asked])].join(",");
}

/**
 * Turns the dialog's answer into a login.
 *
 * @param {URLSearchParams} result
 * @returns {Promise<Status>}
 */
async function acceptResult(result) {
  const accessToken = result.get("access_token");
  const code = result.get("code");
  if (result.has("error") || result.has("error_code") || !(accessToken || code)) {
    return refuse(result.get("error_reason") === "user_denied" ? "not_authorized" : "unknown");
  }
  if (!accessToken) {
    return enterWithCode(result, code ?? "");
  }
  const lifetime = numberIn(result, "expires_in");
  /** @type {Session} */
  const session = {
    accessToken,
    userID: result.get("user_id") ?? userIn(result.get("signed_request")) ?? (await userOf(accessToken)),
    expiresAt: lifetime ? Date.now() + lifetime * 1000 : 0,
    dataAccessUntil: numberIn(result, "data_access_expiration_time"),
    signedRequest: result.get("signed_request") ?? "",
    graphDomain: result.get("graph_domain") ?? "facebook",
    grantedScopes: result.get("granted_scopes") ?? "",
  };
  changeSession(session, "connected", { entered: true });
  const authResponse = authResponseOf(session);
  if (code) {
    authResponse.code = code;
  }
  return { status: "connected", authResponse };
}

/**
 * A code is for the page's server. The page itself has no token afterwards, so
 * its login stays what it was.
 *
 * @param {URLSearchParams} result
 * @param {string} code
 * @returns {Status}
 */
function enterWithCode(result, code) {
  /** @type {CodeResponse} */
  const authResponse = { code, userID: null, expiresIn: null };
  const granted = result.get("granted_scopes");
  if (granted) {
    authResponse.grantedScopes = granted;
  }
  /** @type {Status} */
  const response = { status: "connected", authResponse };
  emit("auth.login", response);
  return response;
}

/**
 * No login came of it. One that the page had before goes on: to decline a
 * second question is not to log out.
 *
 * @param {facebook.LoginStatus} status
 * @returns {Status}
 */
function refuse(status) {
  if (!state.session && !keptSession()) {
    changeSession(null, status);
  }
  return { status, authResponse: null };
}

/**
 * @param {URLSearchParams} result
 * @param {string} name
 */
function numberIn(result, name) {
  const number = Number(result.get(name));
  return Number.isFinite(number) ? number : 0;
}

/**
 * The person that a signed request names. Only the page's server can verify the
 * signature; here it is as good as the channel that it came through.
 *
 * @param {string | null} signedRequest
 * @returns {string | null}
 */
function userIn(signedRequest) {
  try {
    const payload = (signedRequest ?? "").split(".")[1] ?? "";
    const { user_id: user } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    return user ? String(user) : null;
  } catch {
    return null;
  }
}

/** @param {string} accessToken */
async function userOf(accessToken) {
  const target = graphTarget("/me");
  const body = await graph("get", target?.url ?? BASE, {
    ...defaultParams(),
    access_token: accessToken,
    fields: "id",
  });
  return typeof body?.id === "string" ? body.id : "";
}
