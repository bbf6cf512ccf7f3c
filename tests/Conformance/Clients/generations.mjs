// Real clients of every generation, in Node.js and in Chromium: each alone on each of its transports, or all of them in one room. Each line of the output is a JSON object.
import crypto from "node:crypto";
import { EventEmitter } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import "./actors.js";
import "./scenario.js";

const { values: args } = parseArgs({ options: { url: { type: "string" }, client: { type: "string" }, runtime: { type: "string" }, room: { type: "boolean" } } });
if (!args.url || !(args.room || (args.client && args.runtime))) {
  console.error("usage: node generations.mjs --url http://127.0.0.1:PORT (--client VERSION --runtime node|chromium | --room)");
  process.exit(2);
}

const EVENTS = { acks: true, order: true, farewell: true, reconnect: true };
const ALL = ["polling", "websocket", "upgrade"];
const NAMED = { node: ["websocket", "xhr-polling"], chromium: ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"] };
const FOUNDERS = ["websocket", "htmlfile", "xhr-multipart", "xhr-polling"];
// Deaf are those that never learn that a connection has gone: no browser tells it of a frame's document, and the XHR of the earliest clients looks at answers alone.
const DEAF = { chromium: ["htmlfile", "xhr-multipart", "xhr-polling"] };

const current = (module, file, page, binary = ["node", "chromium"]) =>
  ({ family: "current", module, file, transports: { node: ALL, chromium: page }, has: { ...EVENTS, binary } });
const protocolOne = (module, has) =>
  ({ family: "protocolOne", module, file: "dist/socket.io.js", transports: NAMED, has: { ...EVENTS, json: true, ...has } });
const founders = (module, file, page, has) => ({ family: "founders", module, file, transports: { node: [], chromium: page }, has });

const CLIENTS = {
  "4.8": current("socket.io-client", "dist/socket.io.js", ALL),
  "3.1": current("socket.io-client-3.1", "dist/socket.io.js", [...ALL, "jsonp"]),
  "2.5": current("socket.io-client-2.5", "dist/socket.io.js", [...ALL, "jsonp"]),
  "2.0": current("socket.io-client-2.0", "dist/socket.io.js", [...ALL, "jsonp"]),
  "1.7": current("socket.io-client-1.7", "dist/socket.io.js", [...ALL, "jsonp"]),
  // In today's Node.js client 1.0 sends zeros for bytes. By JSONP what a page's second client sends never leaves today's Chromium: the recording alone stands for it.
  "1.0": current("socket.io-client-1.0", "socket.io.js", ALL, ["chromium"]),
  "0.9": protocolOne("socket.io-client-0.9"),
  // To its WebSocket in Node.js a connection that breaks off is an error and no end.
  "0.8": protocolOne("socket.io-client-0.8", { deaf: { node: ["websocket"], chromium: ["htmlfile"] } }),
  "0.7": protocolOne("socket.io-client-0.7"),
  "0.6": founders("socket.io-0.6", "support/socket.io-client/socket.io.js", [...FOUNDERS, "flashsocket", "jsonp-polling"], { order: true, reconnect: true, json: true }),
  "0.5": founders("socket.io-0.5", "example/client/socket.io.js", FOUNDERS, { order: true, mark: "~j~", deaf: DEAF }),
  "0.2": founders("socket.io-0.4", "test/client/socket.io.js", FOUNDERS, { deaf: DEAF }),
};

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));

// Standard error is for errors.
process.noDeprecation = true;
// What Node.js of 2011 had: clients 0.7 find their base class there, and the WebSocket of 0.7 and 0.8 its HTTP and a digest of bytes given as text.
process.EventEmitter ??= EventEmitter;
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

let browser;
let context;

/** Where a client runs: Node.js itself or a page of its own; `run` calls a function of scenario.js there. */
const environment = {
  node: async ({ module }) => {
    const io = require(module);
    return { run: (name, client) => globalThis[name](io, client), call: (client, method, ...rest) => globalThis.members[client][method](...rest) };
  },
  chromium: async ({ module, file }) => {
    const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
    browser ??= await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    // All pages of a context have six connections to a host together, fewer than are held open in a room.
    context = args.room || !context ? await browser.newContext() : context;
    const page = await context.newPage();
    await page.goto(`${args.url}/page`);
    const scripts = [`${here}/shims.js`, `${here}/node_modules/${module}/${file}`, `${here}/actors.js`, `${here}/scenario.js`];
    await page.addScriptTag({ content: scripts.map((path) => readFileSync(path, "utf8")).join("\n;") });
    await page.evaluate(() => window.io?.Transport?.flashsocket && withFlash(window.io));
    return {
      run: (name, client) => page.evaluate(([name, client]) => window[name](window.io, client), [name, client]),
      call: (client, method, ...rest) => page.evaluate(([client, method, rest]) => members[client][method](...rest), [client, method, rest]),
      close: () => page.close(),
    };
  },
};

const say = (line) => console.log(JSON.stringify(line));

if (args.room) {
  const members = [];
  for (const [version, client] of Object.entries(CLIENTS)) {
    for (const [runtime, transports] of Object.entries(client.transports)) {
      const place = transports.length > 0 && await environment[runtime](client);
      for (const transport of transports) {
        const name = `${version} ${runtime} ${transport}`;
        await place.run("joinRoom", { ...client, name, url: args.url, runtime, transport });
        members.push({ name, call: (method, ...rest) => place.call(name, method, ...rest) });
      }
    }
  }
  await Promise.all(members.map(({ name, call }) => call("say", name)));
  await Promise.all(members.map(({ call }) => call("heard", members.length)));
  // What came twice came before this.
  await members[0].call("say", "the end");
  for (const { name, call } of members) {
    say({ member: name, heard: await call("heard", members.length + 1) });
  }
} else {
  const client = CLIENTS[args.client];
  for (const transport of client.transports[args.runtime]) {
    const place = await environment[args.runtime](client);
    for (const line of await place.run("runScenario", { ...client, url: args.url, runtime: args.runtime, transport })) {
      say({ client: args.client, runtime: args.runtime, transport, ...line });
    }
    await place.close?.();
  }
}

await browser?.close();
process.exit(0);
