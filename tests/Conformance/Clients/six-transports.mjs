// Client 0.6 in Chromium on each of its six transports: texts and objects there and back, and the end.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";
import { same, test, url } from "./lib.mjs";

const browser = await launch();
const client = createRequire(import.meta.url).resolve("socket.io-0.6/support/socket.io-client/socket.io.js");
const shims = fileURLToPath(new URL("shims.js", import.meta.url));
const MESSAGES = ["plain", 'é ☃ 😀 "q" \\n &=%+/ ~m~ </script>', { a: 1, s: "☃" }, { b: [1, [null, true]] }, "last"];

/** Runs in the page: sends each message when the one before has come back, and leaves after the last. */
function converse([host, port, transport, messages]) {
  const socket = new io.Socket(host, { port, transports: [transport], rememberTransport: false, reconnect: false });
  const told = [];
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`told no more than ${JSON.stringify(told)}`)), 20_000);
    socket.on("connect", () => {
      told.push(`connected by ${socket.transport.type}`);
      socket.send(messages[0]);
    });
    socket.on("message", (message) => {
      const next = messages[told.push(message) - 1];
      return next ? socket.send(next) : socket.disconnect();
    });
    socket.on("disconnect", () => resolve([...told, "disconnected"]));
    socket.connect();
  });
}

for (const transport of ["websocket", "flashsocket", "htmlfile", "xhr-multipart", "xhr-polling", "jsonp-polling"]) {
  await test(`client 0.6 converses by ${transport}`, async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/page`);
    for (const path of [shims, client]) {
      await page.addScriptTag({ path });
    }
    await page.evaluate(() => withFlash(io));
    const { hostname, port } = new URL(url);
    same(await page.evaluate(converse, [hostname, Number(port), transport, MESSAGES]), [`connected by ${transport}`, ...MESSAGES, "disconnected"]);
    await page.close();
  });
}

await browser.close();
process.exit(0);
