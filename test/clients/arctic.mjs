// arctic: strict about the token answer; scopes separated by spaces.
import * as arctic from 'arctic';
import { env, serve } from './act.mjs';

const facebook = new arctic.Facebook(env.appId, env.appSecret, env.redirectUri);

async function me(token) {
  // What arctic's documentation tells its users to do with the token.
  const url = new URL('https://graph.facebook.com/me');
  url.searchParams.set('access_token', token);
  url.searchParams.set('fields', ['id', 'name', 'picture', 'email'].join(','));
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}

await serve({
  async authorize({ state }) {
    return { url: facebook.createAuthorizationURL(state, env.scope).href };
  },

  async exchange({ code }) {
    const tokens = await facebook.validateAuthorizationCode(code);
    return {
      accessToken: tokens.accessToken(),
      tokenType: tokens.tokenType(),
      expiresIn: tokens.accessTokenExpiresInSeconds(),
      hasRefreshToken: tokens.hasRefreshToken(),
    };
  },

  me: ({ token }) => me(token),
});
