// The MessagePack parser, on a server of its own.
import parser from "socket.io-msgpack-parser";
import { equal } from "node:assert/strict";
import { ask, collect, next, run, same, test } from "./lib.mjs";
import { BINARY_VALUES, JSON_VALUES } from "./values.mjs";

await run(async (transport, { create, open }) => {
  const options = { path: "/msgpack", parser };

  await test("connects with an auth payload", async () => {
    const socket = await open("/", { ...options, auth: { token: "é", n: 1 } });
    same((await ask(socket, "handshake"))[0].auth, { token: "é", n: 1 });
    same(await ask(socket, "id"), [socket.id]);
  });

  await test("returns every kind of value", async () => {
    const socket = await open("/", options);
    const wide = [1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, -1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, 0.1];
    for (const values of [...JSON_VALUES, wide, ["x".repeat(31), "x".repeat(32), "x".repeat(256), "x".repeat(65536)], [Array.from({ length: 70000 }, (_, i) => i % 10)]]) {
      const echoed = next(socket, "echo");
      socket.emit("echo", ...values);
      same(await echoed, values);
      same(await ask(socket, "echo-ack", ...values), values);
    }
  });

  for (const [name, values] of Object.entries(BINARY_VALUES)) {
    await test(`returns ${name}`, async () => {
      const socket = await open("/", options);
      const echoed = next(socket, "echo");
      socket.emit("echo", ...values);
      same(await echoed, values);
      same(await ask(socket, "echo-ack", ...values), values);
    });
  }

  await test("has no limit to the number of attachments", async () => {
    const values = [Array.from({ length: 50 }, (_, i) => Buffer.from([i]))];
    same(await ask(await open("/", options), "echo-ack", ...values), values);
  });

  await test("answers the questions of the server", async () => {
    const socket = await open("/", options);
    socket.on("question", (...rest) => rest.pop()(...rest.reverse()));
    const answered = next(socket, "answered");
    socket.emit("ask", "a", Buffer.from([1]), null);
    same(await answered, [null, Buffer.from([1]), "a"]);
    same(await ask(socket, "measure", Buffer.from([1, 2])), [2, 3]);
    same(await ask(socket, "sum", 1, 2.5), [3.5]);
  });

  await test("keeps the order", async () => {
    const socket = await open("/", options);
    const ticks = collect(socket, "tick");
    socket.emit("count", 200);
    await ask(socket, "sum", 0, 0);
    same(ticks, Array.from({ length: 200 }, (_, i) => [i]));
  });

  await test("refuses an unknown namespace", async () => {
    const socket = create("/unknown", options);
    const refused = next(socket, "connect_error");
    socket.connect();
    equal((await refused)[0].message, "Invalid namespace");
  });

  await test("tells both sides of a disconnection", async () => {
    const watcher = await open("/", options);
    await ask(watcher, "watch");
    for (const [act, client, server] of [
      [(socket) => socket.disconnect(), "io client disconnect", "client namespace disconnect"],
      [(socket) => socket.emit("disconnect-me", false), "io server disconnect", "server namespace disconnect"],
      [(socket) => socket.io.engine.write("2[\"text\"]"), "transport close", "forced close"],
      [(socket) => socket.io.engine.write(Buffer.from([0xc1])), "transport close", "forced close"],
    ]) {
      const socket = await open("/", options);
      const [gone, left] = [next(socket, "disconnect"), next(watcher, "left")];
      act(socket);
      same([(await gone)[0], (await left)[1]], [client, server]);
    }
  });
});
