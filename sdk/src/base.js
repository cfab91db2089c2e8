// @ts-check

// What the server writes into the script when it serves it. These are the only
// lines that it changes; each becomes a JSON string.

/** Where the server answers, for example https://login.example.com. @type {string} */
const BASE = "{{base}}";
/** Language of the texts, for example en_US. @type {string} */
const LOCALE = "{{locale}}";
/** What the platform is called on buttons; may be empty. @type {string} */
const PLATFORM = "{{platform}}";

/** The only origin whose messages are believed. */
const BASE_ORIGIN = new URL(BASE).origin;

/**
 * What FB.init was told.
 *
 * @typedef {object} Settings
 * @property {string} appId
 * @property {string} version  such as v23.0
 * @property {boolean} cookie  keep fbsr_<appId>, with a code, on the page's own host
 * @property {"local" | "session" | "memory"} keep  where a login outlives the page
 */

/**
 * A login's answer. Unlike the public declaration it says that there may be no
 * authResponse, or one with a code only.
 *
 * @typedef {object} Status
 * @property {facebook.LoginStatus} status
 * @property {AuthResponse | CodeResponse | null} authResponse
 */

/**
 * A login that the page itself can use. Times: expiresIn and
 * reauthorize_required_in are seconds to go, data_access_expiration_time is
 * unix seconds; 0 stands for never.
 *
 * @typedef {facebook.AuthResponse & {graphDomain: string}} AuthResponse
 */

/**
 * A login for the page's server; who it was is not known here.
 *
 * @typedef {object} CodeResponse
 * @property {string} code
 * @property {null} userID
 * @property {null} expiresIn
 * @property {string} [grantedScopes]
 */

/** @typedef {(response: any) => void} Callback */

/**
 * Calls back after the caller's own code has run, whether or not an answer had
 * to be fetched: a page sees one order of events only.
 *
 * @param {unknown} callback
 * @param {unknown} response
 */
function answer(callback, response) {
  if (typeof callback === "function") {
    queueMicrotask(() => callback(response));
  }
}

/** Tells the page's developer what is wrong. @param {string} text */
function complain(text) {
  console.error("FB: " + text);
}

/** A name that nobody can guess: 128 bits in hex. */
function unguessable() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * A parameter's form on the wire; undefined leaves it out.
 *
 * @param {unknown} value
 * @returns {string | undefined}
 */
function wireValue(value) {
  if (value === undefined || value === null || typeof value === "function") {
    return undefined;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * A list of names may be an array or text with commas.
 *
 * @param {unknown} value
 */
function nameList(value) {
  return Array.isArray(value) ? value.join(",") : value;
}

/** Whether an option is on; options from attributes are text. @param {unknown} value */
function isOn(value) {
  return value === true || value === 1 || value === "true" || value === "1";
}
