// Rooms, broadcasts, and what a server asks of many sockets.
import { equal } from "node:assert/strict";
import { ask, collect, next, run, same, test } from "./lib.mjs";

await run(async (transport, { open }) => {
  const people = (count) => Promise.all(Array.from({ length: count }, () => open("/rooms")));

  // Every socket's own last answer comes after whatever was broadcast before it.
  const settled = (sockets) => Promise.all(sockets.map((socket) => ask(socket, "join", [])));

  const cast = async (sockets, sender, options, ...event) => {
    const heard = sockets.map((socket) => collect(socket, event[0]));
    await ask(sender, "cast", { from: "server", ...options }, ...event);
    await settled(sockets);
    return heard.map((events) => events.length);
  };

  await test("joins and leaves rooms", async () => {
    const [a] = await people(1);
    same(await ask(a, "join", "one"), [["one"]]);
    same(await ask(a, "join", ["two", "three"]), [["one", "three", "two"]]);
    same(await ask(a, "join", "one"), [["one", "three", "two"]]);
    same(await ask(a, "leave", "two"), [["one", "three"]]);
    same(await ask(a, "leave", "unknown"), [["one", "three"]]);
  });

  await test("broadcasts to all, and from a socket to all others", async () => {
    const all = await people(3);
    same(await cast(all, all[0], {}, "e1"), [1, 1, 1]);
    same(await cast(all, all[0], { from: "socket" }, "e2"), [0, 1, 1]);
  });

  await test("broadcasts to the union of rooms, once to each socket", async () => {
    const all = await people(4);
    await ask(all[0], "join", ["a", "b"]);
    await ask(all[1], "join", "b");
    await ask(all[2], "join", "c");
    same(await cast(all, all[3], { to: ["a"] }, "e1"), [1, 0, 0, 0]);
    same(await cast(all, all[3], { to: ["a", "b"] }, "e2"), [1, 1, 0, 0]);
    same(await cast(all, all[3], { to: ["a", "b", "c", "nobody"] }, "e3"), [1, 1, 1, 0]);
    same(await cast(all, all[3], { to: ["nobody"] }, "e4"), [0, 0, 0, 0]);
    same(await cast(all, all[0], { to: ["a", "b"], from: "socket" }, "e5"), [0, 1, 0, 0]);
  });

  await test("leaves out the sockets of excepted rooms", async () => {
    const all = await people(3);
    await ask(all[0], "join", ["a", "b"]);
    await ask(all[1], "join", "a");
    same(await cast(all, all[2], { to: ["a"], except: ["b"] }, "e1"), [0, 1, 0]);
    same(await cast(all, all[2], { except: ["a"] }, "e2"), [0, 0, 1]);
    same(await cast(all, all[2], { except: ["b", "unknown"], from: "socket" }, "e3"), [0, 1, 0]);
  });

  await test("takes a socket's id for a room", async () => {
    const all = await people(3);
    same(await cast(all, all[0], { to: [all[1].id] }, "e1"), [0, 1, 0]);
    same(await cast(all, all[0], { except: [all[1].id] }, "e2"), [1, 0, 1]);
  });

  await test("sends no more to who has left", async () => {
    const all = await people(2);
    await ask(all[0], "join", "a");
    await ask(all[0], "leave", "a");
    same(await cast(all, all[1], { to: ["a"] }, "e1"), [0, 0]);
  });

  await test("broadcasts every kind of argument to all alike", async () => {
    const all = await people(3);
    const values = ["é😀", { n: null, list: [1.5] }, Buffer.from([1, 2, 3]), { deep: Buffer.alloc(0) }];
    const heard = all.map((socket) => next(socket, "mixed"));
    await ask(all[0], "cast", { from: "server" }, "mixed", ...values);
    same(await Promise.all(heard), [values, values, values]);
  });

  await test("broadcasts in one order to all", async () => {
    const all = await people(3);
    const heard = all.map((socket) => collect(socket, "n"));
    await Promise.all(Array.from({ length: 60 }, (_, i) => ask(all[i % 3], "cast", { from: "server" }, "n", i, i % 4 ? null : Buffer.from([i]))));
    await settled(all);
    equal(heard[0].length, 60);
    same(heard[1], heard[0]);
    same(heard[2], heard[0]);
  });

  await test("broadcasts volatile events to idle clients", async () => {
    const all = await people(2);
    const heard = all.map((socket) => next(socket, "v"));
    // A client may be between two polls, where a volatile event has no way to it: then the next one has.
    let done = false;
    const arrived = Promise.all(heard).then((values) => ((done = true), values));
    while (!done) {
      await ask(all[0], "cast", { from: "server", volatile: true }, "v", 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    same(await arrived, [[1], [1]]);
  });

  await test("collects the answers of all", async () => {
    const all = await people(3);
    all.forEach((socket, i) => socket.on("vote", (value, ack) => ack(value * (i + 1))));
    await ask(all[0], "join", "a");
    await ask(all[1], "join", "a");
    same(await ask(all[2], "poll", { from: "server", timeout: 5000 }, "vote", 10), [null, [10, 20, 30]]);
    same(await ask(all[2], "poll", { from: "server", to: ["a"], timeout: 5000 }, "vote", 1), [null, [1, 2]]);
    same(await ask(all[2], "poll", { from: "socket", timeout: 5000 }, "vote", 1), [null, [1, 2]]);
    same(await ask(all[2], "poll", { from: "server", to: ["nobody"], timeout: 5000 }, "vote", 1), [null, []]);
  });

  await test("collects the answers that came in time", async () => {
    const all = await people(3);
    all.slice(0, 2).forEach((socket, i) => socket.on("vote", (ack) => ack(i)));
    same(await ask(all[0], "poll", { from: "server", timeout: 300 }, "vote"), ["operation has timed out", [0, 1]]);
  });

  await test("lists the sockets of a room with their data", async () => {
    const all = await people(3);
    await ask(all[0], "join", ["a", "b"]);
    await ask(all[1], "join", "a");
    await ask(all[0], "remember", { name: "Ada", tags: [1] });
    const expected = [
      { id: all[0].id, rooms: ["a", "b"], data: { name: "Ada", tags: [1] } },
      { id: all[1].id, rooms: ["a"], data: {} },
    ].sort((x, y) => (x.id < y.id ? -1 : 1));
    same(await ask(all[2], "fetch", "a"), [expected]);
    same(await ask(all[2], "fetch", "nobody"), [[]]);
  });

  await test("moves the sockets of a room", async () => {
    const all = await people(3);
    await ask(all[0], "join", "a");
    await ask(all[1], "join", "a");
    await ask(all[2], "pull", "a", "b");
    same(await cast(all, all[2], { to: ["b"] }, "e1"), [1, 1, 0]);
    await ask(all[2], "push", "a", "b");
    same(await cast(all, all[2], { to: ["b"] }, "e2"), [0, 0, 0]);
    same(await cast(all, all[2], { to: ["a"] }, "e3"), [1, 1, 0]);
  });

  for (const close of [false, true]) {
    await test(`disconnects the sockets of a room${close ? " and closes their connections" : ""}`, async () => {
      const all = await people(3);
      await ask(all[0], "join", "a");
      await ask(all[1], "join", "a");
      const gone = Promise.all([next(all[0], "disconnect"), next(all[1], "disconnect")]);
      await ask(all[2], "kick", "a", close);
      same((await gone).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
      same(await ask(all[2], "fetch", "a"), [[]]);
    });
  }

  await test("forgets a socket that went away", async () => {
    const all = await people(2);
    await ask(all[0], "join", "a");
    await ask(all[1], "watch");
    const left = next(all[1], "left");
    const id = all[0].id;
    all[0].disconnect();
    same(await left, [id, "client namespace disconnect"]);
    same(await ask(all[1], "fetch", "a"), [[]]);
  });
});
