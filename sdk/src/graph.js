// @ts-check

/**
 * FB.api(path[, method][, params][, callback]); what stands where is told by
 * its type, as pages leave out any of them.
 *
 * A call with a token is a POST whose body names the method. That keeps the
 * token out of the URL, and so out of every access log on the way, and needs no
 * CORS preflight.
 *
 * @param {string} path
 * @param {...any} rest
 */
function api(path, ...rest) {
  let method = "get";
  /** @type {Record<string, unknown>} */
  let given = {};
  /** @type {Callback | undefined} */
  let callback;
  for (const argument of rest) {
    if (typeof argument === "string") {
      method = argument;
    } else if (typeof argument === "function") {
      callback = argument;
    } else if (argument) {
      given = argument;
    }
  }
  if (!isReady("api")) {
    answer(callback, graphFailure("FB.init has not been called"));
    return;
  }
  const target = graphTarget(path);
  if (!target) {
    answer(callback, graphFailure("the path leads to another host"));
    return;
  }
  const params = { ...defaultParams(), ...target.params, ...given };
  graph(String(params.method ?? method), target.url, params).then((body) => {
    noteRefusal(body, params.access_token);
    answer(callback, body);
  });
}

/** @returns {Record<string, unknown>} */
function defaultParams() {
  return {
    access_token: state.session?.accessToken,
    format: "json",
    pretty: 0,
    sdk: "joey",
  };
}

/**
 * Where a path leads. A path may carry its own version and query, and may be a
 * whole address of this server, as paging links are.
 *
 * @param {string} path
 * @returns {{url: string, params: Record<string, string>} | null} null: not this server
 */
function graphTarget(path) {
  let text = String(path);
  if (text === BASE || text.startsWith(BASE + "/")) {
    text = text.slice(BASE.length);
  } else if (/^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//")) {
    return null;
  }
  const [bare = "", query = ""] = (text.split("#")[0] ?? "").split(/\?(.*)/s);
  const plain = bare.replace(/^\/+/, "");
  const versioned = /^v\d+\.\d+(\/|$)/.test(plain) ? plain : `${state.settings?.version}/${plain}`;
  return { url: `${BASE}/${versioned}`, params: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * One call. It never rejects: what goes wrong is an error object, as a refusal
 * by the server is.
 *
 * @param {string} method
 * @param {string} url
 * @param {Record<string, unknown>} params
 * @param {RequestInit} [how]
 * @returns {Promise<any>}
 */
async function graph(method, url, params, how) {
  const verb = method.toLowerCase();
  const body = formBody({ ...params, method: verb === "post" ? undefined : verb });
  const reads = verb === "get" && !params.access_token && body instanceof URLSearchParams;
  if (reads) {
    body.delete("method");
  }
  /** @type {RequestInit} */
  const request = { mode: "cors", credentials: "omit", ...how };
  let status = 0;
  try {
    const response = reads
      ? await fetch(`${url}?${body}`, request)
      : await fetch(url, { ...request, method: "POST", body });
    status = response.status;
    return await response.json();
  } catch {
    return graphFailure("the server could not be reached or gave no answer", status);
  }
}

/**
 * Files need a multipart body; everything else is a form, which CORS lets
 * through unasked.
 *
 * @param {Record<string, unknown>} params
 * @returns {URLSearchParams | FormData}
 */
function formBody(params) {
  const files = Object.values(params).some((value) => value instanceof Blob);
  const body = files ? new FormData() : new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value instanceof Blob && body instanceof FormData) {
      body.append(name, value);
      continue;
    }
    const text = wireValue(name === "fields" || name === "ids" ? nameList(value) : value);
    if (text !== undefined) {
      body.append(name, text);
    }
  }
  return body;
}

/**
 * @param {string} message
 * @param {number} [status] of HTTP; 0: there was no answer
 */
function graphFailure(message, status = 0) {
  return { error: { message, type: "http", code: 1, status } };
}

// What a refused token means for the page's login. Subcodes without a row, and
// refusals without a subcode, say only that the token is of no use.
/** @type {Record<number, facebook.LoginStatus>} */
const REFUSED = {
  458: "not_authorized", // the person took the app's access back
  463: "authorization_expired", // the token's time is over
  493: "authorization_expired", // 90 days without use of the app
};

/**
 * The status that a server's answer leaves the login in.
 *
 * @param {any} body
 * @returns {facebook.LoginStatus | null} null: the answer is not about the token
 */
function refusal(body) {
  const error = body?.error;
  if (error?.code !== 190) {
    return null;
  }
  return REFUSED[error.error_subcode] ?? "unknown";
}

/**
 * Ends the page's login when the server says that its token is dead.
 *
 * @param {any} body
 * @param {unknown} token that the call was made with
 */
function noteRefusal(body, token) {
  const status = refusal(body);
  if (status && state.session && token === state.session.accessToken) {
    changeSession(null, status);
  }
}
