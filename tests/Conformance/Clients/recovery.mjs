// Connection state recovery.
import { equal, ok } from "node:assert/strict";
import { ask, collect, next, run, same, test } from "./lib.mjs";

await run(async (transport, { create, connect }) => {
  const open = (options) => connect(create("/", { path: "/recovery", ...options }));

  /** A client in the room "a" that has received an event, and another that watches it. */
  const scene = async (options) => {
    const watcher = await open();
    await ask(watcher, "watch");
    const socket = await open(options);
    await ask(socket, "join", "a");
    await ask(socket, "remember", { name: "Ada" });
    const first = next(socket, "news");
    await ask(watcher, "cast", { from: "server", to: ["a"] }, "news", 0);
    await first;
    return { watcher, socket, id: socket.id, cast: (to, ...event) => ask(watcher, "cast", { from: "server", ...to }, ...event) };
  };

  const cut = async ({ watcher, socket }, act, reason) => {
    const left = next(watcher, "left");
    const gone = next(socket, "disconnect");
    act(socket);
    await gone;
    equal((await left)[1], reason);
  };

  const news = (received) => received.map(([value]) => value);

  for (const [name, act, reason] of [
    ["the client closed its connection", (socket) => socket.io.engine.close(), "transport close"],
    ["the server closed the connection", (socket) => socket.emit("close-me"), "forced close"],
  ]) {
    await test(`gives back id, rooms, data and what was missed, after ${name}`, async () => {
      const now = await scene();
      const { socket, id, cast } = now;
      await cut(now, act, reason);
      await cast({ to: ["a"] }, "news", 1);
      await cast({}, "news", 2, Buffer.from([1, 2, 3]), { deep: [Buffer.from("x")] });
      await cast({ to: ["b"] }, "news", "for another room");
      await cast({ except: ["a"] }, "news", "for all others");
      await cast({ to: ["a"], volatile: true }, "news", "volatile");
      await cast({ to: [id] }, "news", 3);
      await cast({ to: ["a", "b"], except: ["b"] }, "news", 4);
      const missed = collect(socket, "news");
      let atConnect;
      socket.once("connect", () => (atConnect = missed.length));
      await connect(socket);
      equal(socket.recovered, true);
      equal(socket.id, id);
      same(news(missed), [1, 2, 3, 4]);
      equal(atConnect, 4, "the missed events come before the connect event");
      same(missed[1].slice(1, 3), [Buffer.from([1, 2, 3]), { deep: [Buffer.from("x")] }]);
      same(await ask(socket, "state"), [{ id, recovered: true, rooms: ["a"], data: { name: "Ada" } }]);
      await cast({ to: ["a"] }, "news", 5);
      await ask(socket, "state");
      same(news(missed), [1, 2, 3, 4, 5]);
    });
  }

  await test("recovers twice, and repeats nothing", async () => {
    const now = await scene();
    const received = collect(now.socket, "news");
    for (let i = 1; i <= 3; i++) {
      await cut(now, (socket) => socket.io.engine.close(), "transport close");
      await now.cast({ to: ["a"] }, "news", i);
      await connect(now.socket);
      equal(now.socket.recovered, true);
      await now.cast({ to: ["a"] }, "news", `${i} live`);
      await ask(now.socket, "state");
    }
    same(news(received), [1, "1 live", 2, "2 live", 3, "3 live"]);
  });

  await test("recovers without anything missed", async () => {
    const now = await scene();
    await cut(now, (socket) => socket.io.engine.close(), "transport close");
    await connect(now.socket);
    equal(now.socket.recovered, true);
    equal(now.socket.id, now.id);
  });

  await test("skips the middlewares for who recovers, and for nobody else", async () => {
    const now = await scene();
    await cut(now, (socket) => socket.io.engine.close(), "transport close");
    now.socket.auth = { refuse: true };
    await connect(now.socket);
    equal(now.socket.recovered, true);
    const refused = create("/", { path: "/recovery", auth: { refuse: true } });
    const error = next(refused, "connect_error");
    refused.connect();
    equal((await error)[0].message, "refused by middleware");
  });

  await test("gives a fresh session for an offset that it does not know", async () => {
    const now = await scene();
    await cut(now, (socket) => socket.io.engine.close(), "transport close");
    now.socket._lastOffset = "unknown";
    await connect(now.socket);
    equal(now.socket.recovered, false);
    ok(now.socket.id !== now.id);
    same((await ask(now.socket, "state"))[0].rooms, []);
  });

  await test("gives a fresh session for a session that it does not know", async () => {
    const now = await scene();
    await cut(now, (socket) => socket.io.engine.close(), "transport close");
    now.socket._pid = "aaaaaaaaaaaaaaaaaaaa";
    await connect(now.socket);
    equal(now.socket.recovered, false);
    ok(now.socket.id !== now.id);
  });

  for (const [name, act, reason] of [
    ["client", (socket) => socket.disconnect(), "client namespace disconnect"],
    ["server", (socket) => socket.emit("disconnect-me", false), "server namespace disconnect"],
  ]) {
    await test(`gives a fresh session after the ${name} wanted to part`, async () => {
      const now = await scene();
      await cut(now, act, reason);
      await connect(now.socket);
      equal(now.socket.recovered, false);
      ok(now.socket.id !== now.id);
      same((await ask(now.socket, "state"))[0].data, {});
    });
  }

  await test("a client that reconnects by itself misses nothing", async () => {
    const now = await scene({ reconnection: true, reconnectionDelay: 10, reconnectionDelayMax: 20 });
    const received = collect(now.socket, "news");
    const back = next(now.socket, "connect");
    now.socket.io.engine.close();
    for (let i = 1; i <= 50; i++) {
      await now.cast({ to: ["a"] }, "news", i);
    }
    await back;
    equal(now.socket.recovered, true);
    await ask(now.socket, "state");
    same(news(received), Array.from({ length: 50 }, (_, i) => i + 1));
  });
});
