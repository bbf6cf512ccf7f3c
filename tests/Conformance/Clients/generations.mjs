// Real clients of every generation, in Node.js and in Chromium: each alone on each of its transports, or all of them in one room. Each line of the output is a JSON object.
import { EventEmitter } from "node:events";
import { existsSync } from "node:fs";
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

const EVENTS = { events: true, order: true, reconnect: true };
const current = (module, file, node, page, binary = ["node", "chromium"]) =>
  ({ family: "current", module, file, transports: { node, chromium: page }, has: { ...EVENTS, binary } });
const protocolOne = (module, transports) =>
  ({ family: "protocolOne", module, file: "dist/socket.io.js", transports, has: { ...EVENTS, json: true } });
const founders = (module, file, page, has) =>
  ({ family: "founders", module, file, transports: { node: [], chromium: page }, has: { ...EVENTS, events: false, ...has } });

const ALL = ["polling", "websocket", "upgrade"];
const CLIENTS = {
  "4.8": current("socket.io-client", "dist/socket.io.js", ALL, ALL),
  "3.1": current("socket.io-client-3.1", "dist/socket.io.js", ALL, [...ALL, "jsonp"]),
  "2.5": current("socket.io-client-2.5", "dist/socket.io.js", ALL, [...ALL, "jsonp"]),
  "2.0": current("socket.io-client-2.0", "dist/socket.io.js", ALL, [...ALL, "jsonp"]),
  "1.7": current("socket.io-client-1.7", "dist/socket.io.js", ALL, [...ALL, "jsonp"]),
  // In today's Node.js client 1.0 sends zeros for bytes. By JSONP what a page's second client sends never leaves today's Chromium: the recording alone stands for it.
  "1.0": current("socket.io-client-1.0", "socket.io.js", ALL, ALL, ["chromium"]),
  "0.9": protocolOne("socket.io-client-0.9", { node: ["websocket", "xhr-polling"], chromium: ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"] }),
  "0.8": protocolOne("socket.io-client-0.8", { node: ["websocket", "xhr-polling"], chromium: ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"] }),
  "0.7": protocolOne("socket.io-client-0.7", { node: ["websocket", "xhr-polling"], chromium: ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"] }),
  "0.6": founders("socket.io-0.6", "support/socket.io-client/socket.io.js", ["websocket", "flashsocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"], { json: true }),
  "0.5": founders("socket.io-0.5", "example/client/socket.io.js", ["websocket", "htmlfile", "xhr-multipart", "xhr-polling"], { reconnect: false }),
  "0.2": founders("socket.io-0.4", "test/client/socket.io.js", ["websocket", "htmlfile", "xhr-multipart", "xhr-polling"], { order: false, reconnect: false }),
};

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
// Clients 0.7 take it from there.
process.EventEmitter ??= EventEmitter;
// The WebSocket of client 1.0 listens to no error of its socket: a connection that is cut by a reset would end Node.js.
process.on("uncaughtException", (error) => {
  if (error.code !== "ECONNRESET") {
    console.error(error);
    process.exit(1);
  }
});

let browser;

/** Where a client runs: Node.js itself or a page of its own; `run` calls a function of scenario.js there. */
const environment = {
  node: async ({ module }) => {
    const io = require(module);
    return { run: (name, client) => globalThis[name](io, client), call: (client, method, ...rest) => globalThis.members[client][method](...rest) };
  },
  chromium: async ({ module, file }) => {
    const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
    browser ??= await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${args.url}/page`);
    for (const path of [`${here}/shims.js`, `${here}/node_modules/${module}/${file}`, `${here}/actors.js`, `${here}/scenario.js`]) {
      await page.addScriptTag({ path });
    }
    await page.evaluate(() => window.io?.Transport?.flashsocket && withFlash(window.io));
    return {
      run: (name, client) => page.evaluate(([name, client]) => window[name](window.io, client), [name, client]),
      call: (client, method, ...rest) => page.evaluate(([client, method, rest]) => members[client][method](...rest), [client, method, rest]),
      close: () => page.context().close(),
    };
  },
};

const say = (line) => console.log(JSON.stringify(line));

if (args.room) {
  const members = [];
  for (const [version, client] of Object.entries(CLIENTS)) {
    for (const runtime of ["node", "chromium"]) {
      for (const transport of client.transports[runtime].slice(0, 2)) {
        members.push({ ...client, name: `${version} ${runtime} ${transport}`, url: args.url, runtime, transport });
      }
    }
  }
  for (const member of members) {
    member.place = await environment[member.runtime](member);
    await member.place.run("joinRoom", { ...member, place: undefined });
  }
  await Promise.all(members.map(({ place, name }) => place.call(name, "say")));
  for (const { place, name } of members) {
    say({ member: name, heard: await place.call(name, "heard", members.length).catch((error) => [String(error)]) });
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
