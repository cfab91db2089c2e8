// @ts-check

/** The check that is under way; all who ask meanwhile get its answer. @type {Promise<Status> | null} */
let checking = null;

/**
 * FB.getLoginStatus. A kept token is shown to the server once per page load;
 * force shows it again.
 *
 * @param {Callback} [callback]
 * @param {boolean} [force]
 */
function getLoginStatus(callback, force) {
  if (!isReady("getLoginStatus")) {
    answer(callback, { status: "unknown", authResponse: null });
    return;
  }
  loginStatus(Boolean(force)).then((response) => answer(callback, response));
}

/**
 * @param {boolean} force
 * @returns {Promise<Status>}
 */
async function loginStatus(force) {
  await state.arrival;
  if (state.brought && !force) {
    return state.brought;
  }
  if (state.checked && !force) {
    return currentStatus();
  }
  checking ??= checkLogin().finally(() => {
    checking = null;
  });
  return checking;
}

/** @returns {Promise<Status>} */
async function checkLogin() {
  const session = state.session ?? keptSession();
  if (!session) {
    const status = state.status === "connected" ? "unknown" : state.status;
    changeSession(null, status);
    return currentStatus();
  }
  if (hasExpired(session)) {
    changeSession(null, "authorization_expired");
    return currentStatus();
  }
  const before = state.session;
  const target = graphTarget("/me");
  const body = await graph("get", target?.url ?? BASE, {
    ...defaultParams(),
    access_token: session.accessToken,
    fields: "id",
  });
  if (state.session !== before) {
    return currentStatus(); // somebody logged in or out meanwhile: that counts
  }
  const refused = refusal(body);
  if (refused) {
    changeSession(null, refused);
  } else if (typeof body?.id !== "string") {
    // No verdict: the token is neither shown to the page as good nor thrown
    // away, and the next question asks the server again.
    state.checked = false;
    return { status: "unknown", authResponse: null };
  } else if (body.id !== session.userID) {
    changeSession(null, "unknown"); // the kept login was tampered with
  } else {
    changeSession(session, "connected", { kept: session === before });
  }
  return currentStatus();
}

/**
 * FB.logout: the page forgets the login at once, and the server ends its token,
 * also if the page is left meanwhile; it calls back when the token is dead or
 * the server cannot be reached. The next login says who goes on. The person's
 * session at the platform, what they granted the app and tokens that the page's
 * server made long-lived stay.
 *
 * @param {Callback} [callback]
 */
function logout(callback) {
  const left = { status: "unknown", authResponse: null };
  const session = isReady("logout") ? state.session ?? keptSession() : null;
  if (state.settings) {
    state.brought = null;
    changeSession(null, "unknown");
  }
  const target = graphTarget("/oauth/logout");
  if (!session || !target) {
    answer(callback, left);
    return;
  }
  const params = { ...defaultParams(), access_token: session.accessToken };
  graph("post", target.url, params, { keepalive: true }).then(() => answer(callback, left));
}

/** A login or logout in another tab of the page's origin is one here as well. */
function watchOtherTabs() {
  window.addEventListener("storage", (event) => {
    if (!state.settings || event.key !== storageKey() || !state.checked) {
      return;
    }
    const kept = keptSession();
    if (kept && !hasExpired(kept)) {
      changeSession(kept, "connected", { kept: true });
    } else if (state.session) {
      changeSession(null, "unknown", { kept: true });
    }
  });
}
