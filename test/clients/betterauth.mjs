// better-auth: its request handler with the facebook provider, memory storage
// and a Login for Business configuration by its configId option.
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { CookieJar, env, serve } from './act.mjs';

const origin = new URL(env.redirectUri).origin;
const db = { user: [], session: [], account: [], verification: [] };
const log = [];

const auth = betterAuth({
  baseURL: origin,
  secret: 'a secret of the app under test, not of the server',
  database: memoryAdapter(db),
  socialProviders: {
    facebook: { clientId: env.appId, clientSecret: env.appSecret, configId: env.configId, scope: env.scope },
  },
  logger: { log: (level, message, ...rest) => log.push([level, message, ...rest.map(String)].join(' ')) },
  telemetry: { enabled: false },
});

let jar = new CookieJar();

async function handle(url, init = {}) {
  const response = await auth.handler(
    new Request(url, { ...init, headers: { ...init.headers, cookie: jar.header(), origin } }),
  );
  jar.take(response);
  return response;
}

await serve({
  async authorize() {
    jar = new CookieJar();
    const response = await handle(`${origin}/api/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ provider: 'facebook', callbackURL: '/done', errorCallbackURL: '/failed' }),
    });
    return response.json();
  },

  async callback({ url }) {
    log.length = 0;
    const response = await handle(url);
    const location = response.headers.get('location');
    const session = await (await handle(`${origin}/api/auth/get-session`)).json();
    return { location, session, accounts: db.account, log };
  },
});
