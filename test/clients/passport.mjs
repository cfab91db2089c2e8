// passport-facebook: the strategy is handed requests the way passport hands
// them over, and tells redirect, success, fail or error.
import passport from 'passport';
import FacebookStrategy from 'passport-facebook';
import { describe, env, serve } from './act.mjs';

const strategy = new FacebookStrategy(
  {
    clientID: env.appId,
    clientSecret: env.appSecret,
    callbackURL: env.redirectUri,
    profileFields: ['id', 'displayName', 'emails', 'photos'],
    enableProof: true,
    graphAPIVersion: env.version,
    state: true,
  },
  (accessToken, refreshToken, params, profile, done) => done(null, { accessToken, refreshToken, params, profile }),
);
const instance = new passport.Passport();
instance.use(strategy);

// passport keeps the state of a login in the session of the browser.
const session = {};

function authenticate(query, options = {}) {
  return new Promise((resolve) => {
    const run = Object.create(instance._strategy('facebook'));
    run.redirect = (url) => resolve({ url });
    run.success = (user) => resolve({ user });
    run.fail = (challenge, status) => resolve({ failed: challenge ?? null, status });
    run.error = (error) => resolve({ threw: describe(error) });
    run.authenticate({ query, session, headers: {}, connection: {} }, options);
  });
}

await serve({
  authorize: ({ authType = 'rerequest' }) => authenticate({}, { scope: env.scope, display: 'popup', authType }),
  // keep leaves the state in the session, so that a callback can be repeated.
  async callback({ url, keep = false }) {
    const saved = structuredClone(session);
    const answer = await authenticate(Object.fromEntries(new URL(url).searchParams));
    if (keep) Object.assign(session, saved);
    return answer;
  },
});
