// The npm package fb: codes are exchanged by GET with everything in the query,
// reads carry appsecret_proof.
import fb from 'fb';
import { env, serve } from './act.mjs';

const { Facebook } = fb;
const client = new Facebook({ appId: env.appId, appSecret: env.appSecret, version: env.version ?? 'v23.0', redirectUri: env.redirectUri });
const app = () => client.withAccessToken(`${env.appId}|${env.appSecret}`);

const napi = (facebook, ...args) =>
  new Promise((resolve, reject) => facebook.napi(...args, (error, answer) => (error ? reject(error) : resolve(answer))));

await serve({
  async authorize({ state }) {
    return { url: client.getLoginUrl({ scope: env.scope.join(','), state }) };
  },

  async exchange({ code, secret = env.appSecret, redirectUri = env.redirectUri }) {
    return client.api('oauth/access_token', {
      client_id: env.appId, client_secret: secret, redirect_uri: redirectUri, code,
    });
  },

  async appToken() {
    return client.api('oauth/access_token', {
      client_id: env.appId, client_secret: env.appSecret, grant_type: 'client_credentials',
    });
  },

  async extend({ token }) {
    return client.api('oauth/access_token', {
      client_id: env.appId, client_secret: env.appSecret, grant_type: 'fb_exchange_token', fb_exchange_token: token,
    });
  },

  async refresh({ token }) {
    return client.api('oauth/access_token', {
      client_id: env.appId, client_secret: env.appSecret, grant_type: 'fb_exchange_token',
      set_token_expires_in_60_days: true, fb_exchange_token: token,
    });
  },

  async get({ path, params = {}, token }) {
    return napi(client.withAccessToken(token), path, params);
  },

  async post({ path, params = {}, token }) {
    return napi(client.withAccessToken(token), path, 'post', params);
  },

  async remove({ path, params = {}, token }) {
    return napi(client.withAccessToken(token), path, 'delete', params);
  },

  // The same read with the proof of another secret.
  async getWithWrongProof({ path, token }) {
    return napi(new Facebook({ version: 'v23.0', appSecret: 'not-the-secret', accessToken: token }), path);
  },

  async debug({ token }) {
    return napi(app(), 'debug_token', { input_token: token });
  },

  async batch({ token, operations }) {
    return { operations: await napi(client.withAccessToken(token), '', 'post', { batch: operations }) };
  },

  async signedRequest({ text }) {
    return client.parseSignedRequest(text) ?? { refused: true };
  },
});
