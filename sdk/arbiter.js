// @ts-check

// The popup's last page. Its fragment was written by the server, which has
// compared the origin in it with the domains that the app allows; the result
// goes to the opener only if the opener is of exactly that origin.
(() => {
  const fragment = location.hash.slice(1);
  // A token or code must not stay in the address bar or the history.
  history.replaceState(null, "", location.pathname + location.search);

  const params = new URLSearchParams(fragment);

  /** A parameter that stands there once. @param {string} name */
  const only = (name) => {
    const values = params.getAll(name);
    return values.length === 1 ? values[0] ?? "" : "";
  };

  /** Whether text is an origin and nothing else. @param {string} text */
  const isOrigin = (text) => {
    try {
      const url = new URL(text);
      return url.origin === text && (url.protocol === "https:" || url.protocol === "http:");
    } catch {
      return false;
    }
  };

  const origin = only("origin");
  const cb = only("cb");
  const frame = only("frame");
  if (window.opener && only("relation") === "opener" && cb && frame && isOrigin(origin)) {
    for (const name of ["cb", "domain", "frame", "origin", "relation"]) {
      params.delete(name);
    }
    window.opener.postMessage({ type: "prokura.login", cb, frame, result: params.toString() }, origin);
    // The opener closes this window. Closing it from here could take the
    // message's source away before the opener has looked at it.
    return;
  }
  document.getElementById("handed")?.setAttribute("hidden", "");
  document.getElementById("stuck")?.removeAttribute("hidden");
})();
