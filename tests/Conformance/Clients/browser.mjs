// The client's files as the server hands them out, in Chromium: each bundle, with each transport.
import { launch } from "./chromium.mjs";
import { run, same, test, url } from "./lib.mjs";

/** Runs in the page: connects, and sends text and binary forth and back. */
async function converse({ transports, path, module }) {
  const io = module ? (await import(module)).io : window.io;
  const socket = io({ path, transports, reconnection: false, forceNew: true, timeout: 10_000 });
  await new Promise((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", (error) => reject(new Error(`refused: ${error.message}`)));
  });
  const engine = socket.io.engine;
  if (transports.length > 1 && engine.transport.name !== "websocket") {
    await new Promise((resolve) => engine.once("upgrade", resolve));
  }
  const numbers = (bytes) => Array.from(new Uint8Array(bytes));
  const asked = socket.timeout(10_000);
  const text = await asked.emitWithAck("echo-ack", "é 😀");
  const buffer = await asked.emitWithAck("echo-ack", { of: new Uint8Array([0, 128, 255]).buffer });
  // The MessagePack parser knows ArrayBuffers only.
  const last = new Uint8Array([1, 2, 3]);
  const blob = await asked.emitWithAck("echo-ack", path === "/msgpack" ? last.buffer : new Blob([last]));
  const sum = await asked.emitWithAck("sum", 1, 2);
  const used = await asked.emitWithAck("transport");
  const reason = new Promise((resolve) => socket.on("disconnect", resolve));
  socket.emit("disconnect-me", true);
  return [text, numbers(buffer.of), numbers(blob), sum, used, await reason];
}

const browser = await launch();

await run(async (transport) => {
  const transports = transport === "upgrade" ? ["polling", "websocket"] : [transport];
  const used = transport === "polling" ? "polling" : "websocket";
  for (const [file, path] of [
    ["socket.io.js", "/socket.io"],
    ["socket.io.min.js", "/socket.io"],
    ["socket.io.esm.min.js", "/socket.io"],
    ["socket.io.msgpack.min.js", "/msgpack"],
  ]) {
    await test(`Chromium converses through ${file}`, async () => {
      const page = await browser.newPage();
      // Any document of the server's origin will do.
      await page.goto(`${url}/socket.io/socket.io.js`);
      const module = file.includes(".esm.") ? `${url}/socket.io/${file}` : null;
      if (!module) {
        await page.addScriptTag({ url: `${url}/socket.io/${file}` });
      }
      const result = await page.evaluate(converse, { transports, path, module });
      same(result, ["é 😀", [0, 128, 255], [1, 2, 3], 3, used, "io server disconnect"]);
      await page.close();
    });
  }
}, () => browser.close());
