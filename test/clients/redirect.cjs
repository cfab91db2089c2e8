// Loaded with `node --require`: sends every connection to Meta's hosts to the
// server named by REDIRECT_TO (host:port) and refuses every other host that is
// not loopback, so that a client under test cannot leave the machine. Server
// name and Host header stay as the client set them; the client's own code is
// not touched.
'use strict';

const net = require('node:net');

// Node 18, as Debian 12 packages it, lacks two things that today's clients take
// for granted. A comma separates two cookies only where a name follows it: the
// date in Expires has one too.
globalThis.crypto ??= require('node:crypto').webcrypto;
Headers.prototype.getSetCookie ??= function () {
  return (this.get('set-cookie') ?? '').split(/,\s*(?=[^\s;,=]+=)/).filter(Boolean);
};

const [toHost, toPort] = process.env.REDIRECT_TO.split(':');
const ours = /(^|\.)facebook\.com$|^connect\.facebook\.net$/;
const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

// Sockets connect with (options[, cb]), (port[, host][, cb]) or, from inside
// Node, with the already normalized [options, cb].
function optionsOf(args) {
  if (Array.isArray(args[0])) return args[0][0];
  if (typeof args[0] === 'object') return args[0];
  return null;
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = optionsOf(args);
  const host = options ? options.host : typeof args[1] === 'string' ? args[1] : 'localhost';
  if (options && ours.test(host)) {
    options.host = toHost;
    options.port = Number(toPort);
  } else if (host && !loopback.test(host)) {
    throw new Error(`a client under test wants to leave the machine for ${host}`);
  }
  return connect.apply(this, args);
};
