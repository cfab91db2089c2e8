// @ts-check

// What pages call beside the login.

/**
 * FB.ui(params[, callback]). The platform's one dialog is the login.
 *
 * @param {Record<string, any>} params
 * @param {Callback} [callback]
 */
function ui(params, callback) {
  const method = String(params?.method ?? "");
  if (["oauth", "permissions.oauth", "permissions.request"].includes(method)) {
    login(callback, { ...params, scope: params.scope ?? params.perms, perms: undefined });
    return;
  }
  answer(callback, { error_code: 3, error_message: `this platform has no dialog "${method}"` });
}

/** Pages report events through these; the platform keeps no analytics, so they go nowhere. */
const appEvents = {
  activateApp() {},
  clearAppVersion() {},
  clearUserID() {},
  getAppVersion: () => "",
  getUserID: () => "",
  /** @param {string} _name @param {number} [_value] @param {object} [_params] */
  logEvent(_name, _value, _params) {},
  logPageView() {},
  /** @param {number} _value @param {string} [_currency] @param {object} [_params] */
  logPurchase(_value, _currency, _params) {},
  /** @param {string} _version */
  setAppVersion(_version) {},
  /** @param {string} _id */
  setUserID(_id) {},
  /** @param {object} _params @param {Callback} [callback] */
  updateUserProperties(_params, callback) {
    answer(callback, { success: true });
  },
  EventNames: {
    ACHIEVED_LEVEL: "fb_mobile_level_achieved",
    ADDED_PAYMENT_INFO: "fb_mobile_add_payment_info",
    ADDED_TO_CART: "fb_mobile_add_to_cart",
    ADDED_TO_WISHLIST: "fb_mobile_add_to_wishlist",
    COMPLETED_REGISTRATION: "fb_mobile_complete_registration",
    COMPLETED_TUTORIAL: "fb_mobile_tutorial_completion",
    INITIATED_CHECKOUT: "fb_mobile_initiated_checkout",
    PAGE_VIEW: "fb_page_view",
    RATED: "fb_mobile_rate",
    SEARCHED: "fb_mobile_search",
    SPENT_CREDITS: "fb_mobile_spent_credits",
    UNLOCKED_ACHIEVEMENT: "fb_mobile_achievement_unlocked",
    VIEWED_CONTENT: "fb_mobile_content_view",
  },
  ParameterNames: {
    APP_USER_ID: "_app_user_id",
    APP_VERSION: "_appVersion",
    CONTENT_ID: "fb_content_id",
    CONTENT_TYPE: "fb_content_type",
    CURRENCY: "fb_currency",
    DESCRIPTION: "fb_description",
    LEVEL: "fb_level",
    MAX_RATING_VALUE: "fb_max_rating_value",
    NUM_ITEMS: "fb_num_items",
    PAYMENT_INFO_AVAILABLE: "fb_payment_info_available",
    REGISTRATION_METHOD: "fb_registration_method",
    SEARCH_STRING: "fb_search_string",
    SUCCESS: "fb_success",
  },
};
