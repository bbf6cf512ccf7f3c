// What the first clients offered to a page, as client 0.2 has it, in Chromium: properties, methods and events, by one transport after another.
import { createRequire } from "node:module";
import { launch } from "./chromium.mjs";
import { run, same, test, url } from "./lib.mjs";

const browser = await launch();
const client = createRequire(import.meta.url).resolve("socket.io-0.4/test/client/socket.io.js");

/** Runs in the page: speaks before it is connected and after, and notes what it is told and in which state. */
async function converse([host, port, transport]) {
  const socket = new io.Socket(host, { port, transports: [transport], rememberTransport: false });
  const told = [];
  const note = (event) => told.push([event, socket.connected, socket.connecting, "sessionid" in socket.transport]);
  const removed = () => note("a listener that was removed");
  note("new");
  socket.addEvent("connect", () => note("connect"));
  socket.addEvent("message", removed);
  socket.removeEvent("message", removed);
  const all = new Promise((resolve, reject) => {
    socket.addEvent("message", (text) => {
      note(text);
      // Of two POSTs at a time, either may be the first to arrive.
      text === "one" && socket.send("two");
      text === "two" && resolve();
    });
    setTimeout(() => reject(new Error(`told no more than ${told}`)), 20_000);
  });
  const chained = socket.connect() === socket && socket.send("one") === socket;
  note("connecting");
  await all;
  const left = new Promise((resolve) => socket.addEvent("disconnect", () => resolve("disconnect")));
  let end;
  try {
    socket.disconnect();
    end = await left;
  } catch (error) {
    // While it polls, this release stumbles over its own disconnect.
    end = error.name;
  }
  return { told, chained, end, type: socket.transport.type, port: socket.options.port, resource: socket.options.resource };
}

await run(async (transport) => {
  await test("client 0.2 has the properties, methods and events of its documentation", async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/page`);
    await page.addScriptTag({ path: client });
    const { hostname, port } = new URL(url);
    same(await page.evaluate(converse, [hostname, Number(port), transport]), {
      told: [
        ["new", false, false, false],
        ["connecting", false, true, false],
        ["connect", true, false, true],
        ["welcome", true, false, true],
        ["one", true, false, true],
        ["two", true, false, true],
      ],
      chained: true,
      end: transport === "websocket" ? "disconnect" : "TypeError",
      type: transport,
      port: Number(port),
      resource: "socket.io",
    });
    await page.close();
  });
}, () => browser.close());
