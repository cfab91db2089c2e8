// The npm package facebook-nodejs-business-sdk: its own classes make the calls, its
// cursors read lists, and what it throws is a FacebookRequestError.
import sdk from 'facebook-nodejs-business-sdk';
import { describe, serve } from './act.mjs';

const { FacebookAdsApi, FacebookAdsApiBatch } = sdk;

// The SDK's reporter of crashes stays off: it would call Meta. A report is named as the
// SDK itself names one.
const object = ({ class: name, id, token }) => {
  const api = FacebookAdsApi.init(token, 'en_US', false);
  return new sdk[name](id, name === 'AdReportRun' ? { report_run_id: id } : {}, undefined, api);
};

const data = (made) => ({ class: made.constructor.name, id: made.id, ...made.exportAllData() });

// thrown keeps of an error what users of the SDK read.
const thrown = async (act) => {
  try {
    return await act();
  } catch (error) {
    return { threw: { ...describe(error), known: error.name, headers: { ...error.headers } } };
  }
};

await serve({
  // A method of one of the SDK's classes that makes, reads or changes one object.
  one: (args) => thrown(async () => {
    const made = await object(args)[args.method](args.fields, args.params ?? {});
    return made.exportAllData ? data(made) : made;
  }),

  // A list, from page to page to the end of its cursor.
  pages: (args) => thrown(async () => {
    const sizes = [];
    const items = [];
    let cursor = await object(args)[args.method](args.fields, args.params ?? {});
    for (;;) {
      sizes.push(cursor.length);
      items.push(...cursor.map(data));
      if (!cursor.hasNext()) return { items, sizes, summary: cursor.summary };
      cursor = await cursor.next();
    }
  }),

  call: ({ token, verb, path, params }) => thrown(() => new FacebookAdsApi(token, 'en_US', false).call(verb, path, params ?? {})),

  // Calls in one request; each answers what its callback was given.
  batch: ({ token, calls }) => thrown(async () => {
    const answers = [];
    const batch = new FacebookAdsApiBatch(new FacebookAdsApi(token, 'en_US', false));
    calls.forEach(({ verb, path, params }, i) => batch.add(verb, path, params, undefined,
      (answer) => { answers[i] = { body: answer.body }; },
      (answer) => { answers[i] = { threw: describe(answer.error) }; }));
    await batch.execute();
    return { answers };
  }),
});
