#!/bin/sh
# npm facebook-nodejs-business-sdk 24.0.1: a POST with a file is sent without anything.
#
# FacebookAdsApi.call(method, path, params, files, useMultipartFormData) announces
# files, and form data on demand. With either, the request has an empty body: the
# parameters are missing as well as the file, and the call succeeds if the server lets
# it. Without both, parameters arrive as JSON.
#
# So a server must not take an empty POST for "no changes" on edges that create
# something, and a user has to send files by another client.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts facebook-nodejs-business-sdk@24.0.1 >/dev/null
printf 'a picture' >picture.png
cat >main.js <<'JS'
const fs = require('fs');
const http = require('http');
const { FacebookAdsApi } = require('facebook-nodejs-business-sdk');

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    console.log(`${request.headers['content-type'].split(';')[0]} [${body}]`);
    response.setHeader('Content-Type', 'application/json');
    response.end('{"id":"1"}');
  });
}).listen(0, '127.0.0.1', async () => {
  Object.defineProperty(FacebookAdsApi, 'GRAPH', { get: () => `http://127.0.0.1:${server.address().port}` });
  const api = new FacebookAdsApi('TOKEN', 'en_US', false);
  const show = async (what, ...rest) => {
    const answer = await api.call('POST', ['act_1', 'adimages'], { name: 'Spring' }, ...rest);
    console.log(`${what}: ${JSON.stringify(answer)}`);
  };
  await show('parameters alone');
  await show('as form data', {}, true);
  await show('with a file', { source: fs.createReadStream('picture.png') });
  server.close();
});
JS
node main.js >seen
cat seen
diff seen - <<'SEEN'
application/json [{"name":"Spring"}]
parameters alone: {"id":"1"}
application/x-www-form-urlencoded []
as form data: {"id":"1"}
application/x-www-form-urlencoded []
with a file: {"id":"1"}
SEEN
