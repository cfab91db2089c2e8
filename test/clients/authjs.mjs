// Auth.js: its request handler with the Facebook provider; PKCE without state,
// HTTP Basic on the unversioned token address, Bearer on /me.
import { Auth } from '@auth/core';
import Facebook from '@auth/core/providers/facebook';
import { CookieJar, describe, env, serve } from './act.mjs';

const origin = new URL(env.redirectUri).origin;
let jar = new CookieJar();
let profile = null;
let errors = [];

const config = {
  basePath: '/auth',
  secret: 'a secret of the app under test, not of the server',
  trustHost: true,
  providers: [
    Facebook({
      clientId: env.appId,
      clientSecret: env.appSecret,
      authorization: { params: { scope: env.scope.join(' ') } },
    }),
  ],
  logger: { error: (error) => errors.push(describe(error)), warn() {}, debug() {} },
  callbacks: {
    signIn({ account, profile: raw }) {
      profile = { account, raw };
      return true;
    },
  },
};

async function handle(url, init = {}) {
  errors = [];
  const response = await Auth(
    new Request(url, { ...init, headers: { ...init.headers, cookie: jar.header() } }),
    config,
  );
  jar.take(response);
  return response;
}

await serve({
  async authorize() {
    jar = new CookieJar();
    const { csrfToken } = await (await handle(`${origin}/auth/csrf`)).json();
    const response = await handle(`${origin}/auth/signin/facebook`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrfToken, callbackUrl: `${origin}/done` }),
    });
    return { url: response.headers.get('location') };
  },

  // keep leaves the cookies as they were, so that a callback can be repeated.
  async callback({ url, keep = false }) {
    const before = jar.copy();
    profile = null;
    const response = await handle(url);
    const location = response.headers.get('location');
    const seen = errors;
    const session = await (await handle(`${origin}/auth/session`)).json();
    const answer = { location, errors: seen, session, account: profile?.account, profile: profile?.raw };
    if (keep) jar = before;
    return answer;
  },
});
