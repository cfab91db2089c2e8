// @ts-check

/**
 * The words on a button.
 *
 * @typedef {object} Words
 * @property {string} login
 * @property {string} resume  {0}: the platform
 * @property {string} logout
 */

/** By language; English stands in for all others. @type {Record<string, Words>} */
const WORDS = {
  de: { login: "Anmelden", resume: "Weiter mit {0}", logout: "Abmelden" },
  en: { login: "Log in", resume: "Continue with {0}", logout: "Log out" },
  es: { login: "Iniciar sesión", resume: "Continuar con {0}", logout: "Cerrar sesión" },
  fr: { login: "Se connecter", resume: "Continuer avec {0}", logout: "Se déconnecter" },
  it: { login: "Accedi", resume: "Continua con {0}", logout: "Esci" },
  nl: { login: "Inloggen", resume: "Doorgaan met {0}", logout: "Uitloggen" },
  pt: { login: "Iniciar sessão", resume: "Continuar com {0}", logout: "Terminar sessão" },
};

/** The page's language, as far as there are words in it. */
const LANGUAGE = WORDS[LOCALE.slice(0, 2)] ? LOCALE.slice(0, 2) : "en";

/**
 * @param {"login" | "resume" | "logout"} which
 * @returns {string}
 */
function word(which) {
  const words = WORDS[LANGUAGE];
  if (!words) {
    return "";
  }
  return which === "resume" && !PLATFORM ? words.login : words[which].replace("{0}", PLATFORM);
}
