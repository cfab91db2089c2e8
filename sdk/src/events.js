// @ts-check

/** Who listens, by event. @type {Map<string, Set<(argument: any) => void>>} */
const subscribers = new Map();

/**
 * @param {string} event
 * @param {(argument: any) => void} callback
 */
function subscribe(event, callback) {
  const set = subscribers.get(event) ?? new Set();
  subscribers.set(event, set.add(callback));
}

/**
 * @param {string} event
 * @param {(argument: any) => void} callback
 */
function unsubscribe(event, callback) {
  subscribers.get(event)?.delete(callback);
}

/**
 * Tells everybody who listens. One that throws does not keep the others from
 * hearing, nor the login from going on.
 *
 * @param {string} event
 * @param {unknown} [argument]
 */
function emit(event, argument) {
  for (const callback of [...(subscribers.get(event) ?? [])]) {
    try {
      callback(argument);
    } catch (error) {
      reportError(error);
    }
  }
}
