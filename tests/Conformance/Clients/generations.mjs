// Real clients of every generation, in Node.js and in Chromium: each alone on each of its transports, or all of them in one room. Each line of the output is a JSON object.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import "./actors.js";
import { launch } from "./chromium.mjs";
import "./scenario.js";
import "./shims.mjs";

const { values: args } = parseArgs({ options: { url: { type: "string" }, client: { type: "string" }, runtime: { type: "string" }, room: { type: "boolean" } } });
if (!args.url || !(args.room || (args.client && args.runtime))) {
  console.error("usage: node generations.mjs --url http://127.0.0.1:PORT (--client VERSION --runtime node|chromium | --room)");
  process.exit(2);
}

const ALL = ["polling", "websocket", "upgrade"];
const NAMED = { node: ["websocket", "xhr-polling"], chromium: ["websocket", "flashsocket", "htmlfile", "xhr-polling", "jsonp-polling"] };
const FOUNDERS = ["websocket", "htmlfile", "xhr-multipart", "xhr-polling"];

// What a client has: acks, and namespaces with them; order, as it posts one thing after the other; farewell, as the server tells it of the end; reconnect, by itself;
// json, messages that are values; mark, what is before an event in a text; binary, where it runs; deaf, where it never learns that a connection has gone; stuck, where
// it goes on sending to the session that has gone; alone, where a second one in the page sends nothing.
const SINCE_07 = { acks: true, order: true, farewell: true, reconnect: true };
// No browser tells a page that the document of a frame has broken off, and the XHR of the earliest clients looks at answers alone.
const DEAF = { chromium: ["htmlfile", "xhr-multipart", "xhr-polling"] };

const current = (module, file, page, has) =>
  ({ family: "current", module, file, transports: { node: ALL, chromium: page }, has: { ...SINCE_07, binary: ["node", "chromium"], ...has } });
const protocolOne = (module, has) =>
  ({ family: "protocolOne", module, file: "dist/socket.io.js", transports: NAMED, has: { ...SINCE_07, json: true, ...has } });
const founders = (module, file, page, has) => ({ family: "founders", module, file, transports: { node: [], chromium: page }, has });

const CLIENTS = {
  "4.8": current("socket.io-client", "dist/socket.io.js", ALL),
  "3.1": current("socket.io-client-3.1", "dist/socket.io.js", [...ALL, "jsonp"]),
  "2.5": current("socket.io-client-2.5", "dist/socket.io.js", [...ALL, "jsonp"]),
  "2.0": current("socket.io-client-2.0", "dist/socket.io.js", [...ALL, "jsonp"]),
  "1.7": current("socket.io-client-1.7", "dist/socket.io.js", [...ALL, "jsonp"]),
  // In today's Node.js client 1.0 sends zeros for bytes. By JSONP only the first session of a page sends anything in today's Chromium,
  // and that a poll has broken off a client learns from the time-out of its pings alone.
  "1.0": current(
    "socket.io-client-1.0",
    "socket.io.js",
    [...ALL, "jsonp"],
    { binary: ["chromium"], alone: { chromium: ["jsonp"] }, deaf: { chromium: ["jsonp"] } },
  ),
  "0.9": protocolOne("socket.io-client-0.9"),
  // To its WebSocket in Node.js a connection that breaks off is an error and no end.
  "0.8": protocolOne("socket.io-client-0.8", { deaf: { node: ["websocket"], chromium: ["htmlfile"] } }),
  "0.7": protocolOne("socket.io-client-0.7"),
  // Its form posts to the URL of the first session for ever.
  "0.6": founders(
    "socket.io-0.6",
    "support/socket.io-client/socket.io.js",
    [...FOUNDERS, "flashsocket", "jsonp-polling"],
    { order: true, reconnect: true, json: true, stuck: { chromium: ["jsonp-polling"] } },
  ),
  "0.5": founders("socket.io-0.5", "example/client/socket.io.js", FOUNDERS, { order: true, mark: "~j~", deaf: DEAF }),
  "0.2": founders("socket.io-0.4", "test/client/socket.io.js", FOUNDERS, { deaf: DEAF }),
};

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
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
    return { run: (name, client) => globalThis[name](io, client), call: (client, method, ...rest) => globalThis.members[client][method](...rest), close: () => {} };
  },
  chromium: async ({ module, file }) => {
    browser ??= await launch();
    // The pages of one context would have six connections to a host together, fewer than they hold open in a room.
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${args.url}/page`);
    const scripts = [`${here}/shims.js`, `${here}/node_modules/${module}/${file}`, `${here}/actors.js`, `${here}/scenario.js`];
    await page.addScriptTag({ content: scripts.map((path) => readFileSync(path, "utf8")).join("\n;") });
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
    const attempt = async () => {
      const place = await environment[args.runtime](client);
      const lines = await place.run("runScenario", { ...client, url: args.url, runtime: args.runtime, transport });
      // What goes on in a page would be cut with the next one's connections, and its end be told there: a poll that is answered at once is never found cut.
      await place.close();
      return lines;
    };
    let lines = await attempt();
    if (client.family === "founders" && lines.some(({ ok }) => !ok)) {
      // The clients of 2010 race with themselves in today's browsers: now and then one throws, or waits for what it has passed over. It gets a second page.
      lines = await attempt();
    }
    for (const line of lines) {
      say({ client: args.client, runtime: args.runtime, transport, ...line });
    }
  }
}

await browser?.close();
process.exit(0);
