// Every way in which a connection ends, with the reason that each side is told.
import { equal, ok } from "node:assert/strict";
import { ask, next, run, same, test } from "./lib.mjs";

await run(async (transport, { open, create, connect }) => {
  /** The reasons on the client and on the server when `act` ends the connection of a socket. */
  const reasons = async (act, options) => {
    const watcher = await open("/", options);
    await ask(watcher, "watch");
    const socket = await open("/", options);
    const id = socket.id;
    const left = next(watcher, "left");
    const gone = next(socket, "disconnect");
    act(socket);
    const [[client], [leftId, server]] = [await gone, await left];
    equal(leftId, id);
    equal(socket.connected, false);
    equal(socket.id, undefined);
    return { client, server };
  };

  await test("the client disconnects", async () => {
    same(await reasons((socket) => socket.disconnect()), {
      client: "io client disconnect",
      server: "client namespace disconnect",
    });
  });

  await test("the client closes its connection", async () => {
    same(await reasons((socket) => socket.io.engine.close()), { client: "forced close", server: "transport close" });
  });

  await test("the server disconnects the socket", async () => {
    same(await reasons((socket) => socket.emit("disconnect-me", false)), {
      client: "io server disconnect",
      server: "server namespace disconnect",
    });
  });

  await test("the server disconnects the client", async () => {
    same(await reasons((socket) => socket.emit("disconnect-me", true)), {
      client: "io server disconnect",
      server: "server namespace disconnect",
    });
  });

  await test("the server closes the connection", async () => {
    same(await reasons((socket) => socket.emit("close-me")), { client: "transport close", server: "forced close" });
  });

  await test("the client answers no ping", async () => {
    const { server } = await reasons(
      (socket) => {
        // The pongs are swallowed; what the client makes of the end depends on the transport. It does not give up before the server, whose pings may be late.
        const { engine } = socket.io;
        engine.transport.send = () => {};
        clearTimeout(engine._pingTimeoutTimer);
        engine._resetPingTimeout = () => {};
      },
      { path: "/short" },
    );
    equal(server, "ping timeout");
  });

  await test("the client lives on through many pings", async () => {
    const socket = await open("/", { path: "/short" });
    let pings = 0;
    socket.io.engine.on("ping", () => pings++);
    const enough = new Promise((resolve) => socket.io.engine.on("ping", () => pings === 5 && resolve()));
    await enough;
    same(await ask(socket, "sum", 1, 1), [2]);
  });

  await test("a message above the limit ends the connection of its sender, and no other", async () => {
    const other = await open();
    const limit = transport === "polling"
      ? { client: "transport error", server: "transport close" }
      : { client: "transport close", server: "transport error" };
    same(await reasons((socket) => socket.emit("echo", "x".repeat(1_000_001))), limit);
    same(await ask(other, "sum", 1, 1), [2]);
  });

  await test("more than ten attachments end the connection", async () => {
    const { client, server } = await reasons((socket) => socket.emit("echo", Array.from({ length: 11 }, () => Buffer.from([1]))));
    equal(server, "forced close");
    // The attachments are in a POST of their own, which is refused: the client hears of that or of the close packet first.
    ok(client === "transport close" || (transport === "polling" && client === "transport error"), client);
  });

  await test("a packet that is no packet ends the connection", async () => {
    same(await reasons((socket) => socket.io.engine.write("2{bad")), { client: "transport close", server: "forced close" });
    same(await reasons((socket) => socket.io.engine.write("9")), { client: "transport close", server: "forced close" });
  });

  await test("a reserved event name ends the connection", async () => {
    same(await reasons((socket) => socket.io.engine.write('2["disconnect"]')), {
      client: "transport close",
      server: "forced close",
    });
  });

  await test("another socket of the same connection goes with it, by its own reason", async () => {
    const main = await open();
    const other = main.io.socket("/order-1");
    other.connect();
    await next(other, "connect");
    const gone = Promise.all([next(main, "disconnect"), next(other, "disconnect")]);
    main.emit("disconnect-me", true);
    same((await gone).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
  });

  await test("a client that lost its connection comes back by itself with a new id", async () => {
    const socket = create("/", { reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
    await connect(socket);
    const before = socket.id;
    const back = next(socket, "connect");
    socket.emit("close-me");
    await next(socket, "disconnect");
    const answer = ask(socket, "sum", 20, 3);
    await back;
    ok(socket.id !== before && !socket.recovered);
    same(await answer, [23], "what was emitted while away");
  });
});
