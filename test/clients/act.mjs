// What the client scripts share: a test tells a script line by line what to do
// and gets one line of JSON back for each.
//
//   in:  {"act":"authorize", …}   out: {"url":"https://www.facebook.com/…"}
//   in:  {"act":"callback","url":"http://127.0.0.1:…/callback?code=…"}
//   out: what the client made of it, or {"threw":{…}} with the client's error
import readline from 'node:readline';

export const env = {
  appId: process.env.APP_ID,
  appSecret: process.env.APP_SECRET,
  configId: process.env.CONFIG_ID,
  redirectUri: process.env.REDIRECT_URI,
  version: process.env.API_VERSION || undefined,
  scope: (process.env.SCOPE ?? '').split(' ').filter(Boolean),
};

export async function serve(acts) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { act, ...args } = JSON.parse(line);
    let answer;
    try {
      answer = await acts[act](args);
    } catch (error) {
      answer = { threw: describe(error) };
    }
    console.log(JSON.stringify(answer));
  }
}

// describe keeps what a caller of the client could act on.
export function describe(error) {
  if (error === null || typeof error !== 'object') return { message: String(error) };
  const seen = { name: error.constructor?.name, message: error.message };
  for (const key of ['code', 'subcode', 'status', 'type', 'traceID', 'response', 'data', 'error', 'kind']) {
    if (error[key] !== undefined) seen[key] = error[key];
  }
  if (error.cause !== undefined) seen.cause = describe(error.cause.err ?? error.cause);
  return seen;
}

// CookieJar carries cookies between the requests that a script hands to a
// client's own request handler. One site, so names are enough.
export class CookieJar {
  #cookies = new Map();

  header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^\s*max-age=0$/i.test(a));
      if (gone || pair.slice(at + 1) === '') this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  copy() {
    const twin = new CookieJar();
    twin.#cookies = new Map(this.#cookies);
    return twin;
  }
}
