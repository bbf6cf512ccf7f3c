// What Node.js of 2011 had and that of today has not, as far as the old clients use it.
import crypto from "node:crypto";
import { EventEmitter } from "node:events";
import http from "node:http";

// Standard error is for errors.
process.noDeprecation = true;

// The base class of clients 0.7.
process.EventEmitter ??= EventEmitter;

// The HTTP of the WebSocket of clients 0.7 and 0.8, and its digest of bytes that are given as text.
http.createClient ??= (port, host) => {
  const client = new EventEmitter();
  client.request = (path, headers) => http.request({ host, port, path, headers })
    .on("upgrade", (...upgraded) => client.emit("upgrade", ...upgraded))
    .on("error", (error) => client.emit("error", error));
  client.end = () => {};
  return client;
};
const { createHash } = crypto;
crypto.createHash = (algorithm, options) => {
  const hash = createHash(algorithm, options);
  const { update } = hash;
  return algorithm === "md5" ? Object.assign(hash, { update: (data, encoding = "latin1") => update.call(hash, data, encoding) }) : hash;
};
