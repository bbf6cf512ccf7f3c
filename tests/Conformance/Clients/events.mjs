// Events and acknowledgements in both directions.
import { equal, ok } from "node:assert/strict";
import { ask, collect, next, run, same, test } from "./lib.mjs";
import { BINARY_VALUES, JSON_VALUES } from "./values.mjs";

await run(async (transport, { open, create, connect, upgraded }) => {
  await test("connects with an id of its own and the transport asked for", async () => {
    const [a, b] = [await open(), await open()];
    equal(a.id.length, 20);
    ok(a.id !== b.id && a.id !== a.io.engine.id, "the id must be neither another socket's nor the session's");
    same(await ask(a, "id"), [a.id]);
    const name = transport === "polling" ? "polling" : "websocket";
    equal(a.io.engine.transport.name, name);
    same(await ask(a, "transport"), [name]);
  });

  await test("tells the auth payload, the query and the headers of the handshake", async () => {
    const socket = await open("/", {
      auth: { token: "t", nested: { list: [1, "é"] } },
      query: { color: "blue & grün" },
      extraHeaders: { "x-vocabulary": "yes" },
    });
    const [handshake] = await ask(socket, "handshake");
    same(handshake.auth, { token: "t", nested: { list: [1, "é"] } });
    same([handshake.query.color, handshake.query.EIO], ["blue & grün", "4"]);
    equal(handshake.header, "yes");
    same((await ask(await open(), "handshake"))[0].auth, {}, "auth of a client that gives none");
  });

  await test("returns every kind of JSON, in an event and in an acknowledgement", async () => {
    const socket = await open();
    for (const values of [...JSON_VALUES, [1e21, -1e-21, 1.7976931348623157e308]]) {
      const echoed = next(socket, "echo");
      socket.emit("echo", ...values);
      same(await echoed, values);
      same(await ask(socket, "echo-ack", ...values), values);
    }
    same(await ask(socket, "echo-ack", undefined), [null], "undefined travels as null");
  });

  for (const [name, values] of Object.entries(BINARY_VALUES)) {
    await test(`returns ${name}, in an event and in an acknowledgement`, async () => {
      const socket = await open();
      const echoed = next(socket, "echo");
      socket.emit("echo", ...values);
      same(await echoed, values);
      same(await ask(socket, "echo-ack", ...values), values);
    });
  }

  await test("hands binary to the server as bytes", async () => {
    const socket = await open();
    const part = new Uint8Array(new Uint8Array([9, 9, 1, 2, 3, 9]).buffer, 2, 3);
    same(await ask(socket, "measure", part), [3, 6], "a part of a buffer");
    same(await ask(socket, "measure", Buffer.from([1, 2, 253])), [3, 256]);
  });

  await test("binds numbers", async () => {
    same(await ask(await open(), "sum", 1, 41), [42]);
  });

  await test("answers the questions of the server, binary included", async () => {
    const socket = await open();
    socket.on("question", (...rest) => rest.pop()(...rest.reverse()));
    for (const values of [[], ["a", { b: 1 }], [Buffer.from("bytes"), "text"]]) {
      const answered = next(socket, "answered");
      socket.emit("ask", ...values);
      same(await answered, [...values].reverse());
    }
  });

  await test("answers a question that has a time-out", async () => {
    const socket = await open();
    socket.on("question", (value, ack) => ack(value + 1, Buffer.from([value])));
    const answered = next(socket, "answered");
    socket.emit("ask-timeout", 5000, 1);
    same(await answered, [2, Buffer.from([1])]);
  });

  await test("tells the server that a question was not answered in time", async () => {
    const socket = await open();
    const asked = next(socket, "question");
    const unanswered = next(socket, "unanswered");
    socket.emit("ask-timeout", 50, "anybody?");
    const late = (await asked).pop();
    same(await unanswered, ["operation has timed out"]);
    late("too late");
    same(await ask(socket, "sum", 1, 1), [2], "the connection after a late answer");
  });

  await test("ends an acknowledgement that never comes, and ignores a second one", async () => {
    const socket = await open();
    const error = await socket.timeout(50).emitWithAck("never").catch((e) => e);
    equal(error.message, "operation has timed out");
    const answers = [];
    socket.emit("twice", (n) => answers.push(n));
    await ask(socket, "sum", 0, 0);
    same(answers, [1]);
  });

  await test("answers many acknowledgements at once, each its own", async () => {
    const socket = await open();
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(socket, "sum", i, i)));
    same(answers, Array.from({ length: 200 }, (_, i) => [2 * i]));
  });

  await test("keeps the order of text and binary in both directions", async () => {
    const socket = await open();
    const echoed = collect(socket, "echo");
    const sent = Array.from({ length: 200 }, (_, i) => (i % 3 ? [i] : [Buffer.from([i]), i]));
    sent.forEach((values) => socket.emit("echo", ...values));
    await ask(socket, "sum", 0, 0);
    same(echoed, sent);
    const ticks = collect(socket, "tick");
    socket.emit("count", 500);
    await ask(socket, "sum", 0, 0);
    same(ticks, Array.from({ length: 500 }, (_, i) => [i]));
  });

  if (transport === "upgrade") {
    await test("loses and reorders nothing while the transport changes", async () => {
      const socket = create();
      const echoed = collect(socket, "echo");
      const sent = [];
      const connected = next(socket, "connect");
      socket.connect();
      await connected;
      const changed = upgraded(socket);
      let going = true;
      changed.then(() => (going = false));
      while (going || sent.length < 100) {
        const values = sent.length % 5 ? [sent.length] : [sent.length, Buffer.from([1])];
        sent.push(values);
        socket.emit("echo", ...values);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await ask(socket, "sum", 0, 0);
      same(echoed, sent);
    });
  }

  await test("sends what was emitted before the connection", async () => {
    const socket = create();
    const echoed = collect(socket, "echo");
    socket.emit("echo", "early");
    socket.volatile.emit("echo", "dropped");
    await connect(socket);
    await ask(socket, "sum", 0, 0);
    same(echoed, [["early"]]);
  });

  await test("sends messages without a name", async () => {
    const socket = await open();
    const message = next(socket, "message");
    socket.send("hello", { b: Buffer.from("x") });
    same(await message, ["hello", { b: Buffer.from("x") }]);
  });

  await test("sends at least the first volatile event to an idle client, and all others in order", async () => {
    const socket = await open();
    const ticks = collect(socket, "tick");
    do {
      // A client may be between two polls, where a volatile event has no way to it: then it was not idle.
      const done = next(socket, "done");
      socket.emit("volatile", 50);
      await done;
    } while (ticks.length === 0);
    ok(ticks.length <= 50, `${ticks.length} volatile events`);
    equal(ticks[0][0], 0);
    same(ticks, [...ticks].sort(([a], [b]) => a - b));
  });

  await test("hands every event to a catch-all listener", async () => {
    const socket = await open("/catch");
    const heard = [];
    socket.onAny((...values) => heard.push(values));
    for (const values of [["plain"], ["wïth ünicode 🎉", 1, null], ["binary", Buffer.from([1, 2])], ["with spaces and \"quotes\"", {}]]) {
      const caught = next(socket, "caught");
      socket.emit(...values);
      same(await caught, values);
    }
    equal(heard.length, 4);
  });

  await test("carries messages near the limit, and larger ones from the server", async () => {
    const socket = await open();
    for (const text of ["x".repeat(999_000), "é".repeat(499_000)]) {
      const [answer] = await ask(socket, "echo-ack", text);
      ok(answer === text, `a text of ${text.length} characters came back otherwise`);
    }
    const bytes = Buffer.alloc(transport === "polling" ? 700_000 : 999_000, 7);
    const [answer] = await ask(socket, "echo-ack", bytes);
    ok(bytes.equals(Buffer.from(answer)), "binary near the limit came back otherwise");
    const [big] = await ask(socket, "big", 3_000_000);
    ok(big === "x".repeat(3_000_000), "a text of 3,000,000 characters");
  });
});
