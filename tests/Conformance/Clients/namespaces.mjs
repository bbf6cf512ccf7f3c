// Namespaces, their middlewares, and what a refused client learns.
import { equal, ok } from "node:assert/strict";
import { ask, next, run, same, test } from "./lib.mjs";

await run(async (transport, { open, create }) => {
  const refusal = async (namespace, options) => {
    const socket = create(namespace, options);
    const refused = next(socket, "connect_error");
    socket.connect();
    const [error] = await refused;
    equal(socket.connected, false);
    return error;
  };

  await test("shares one connection among namespaces", async () => {
    const main = await open();
    const other = main.io.socket("/order-7");
    other.connect();
    await next(other, "connect");
    ok(other.id !== main.id);
    equal(other.io.engine, main.io.engine);
    same(await ask(other, "nsp"), ["/order-7"]);
    const [left] = await Promise.all([next(other, "disconnect"), other.disconnect()]);
    equal(left[0], "io client disconnect");
    same(await ask(main, "sum", 1, 2), [3], "the other namespace afterwards");
  });

  await test("connects to a namespace alone, and counts its acknowledgements apart", async () => {
    const socket = await open("/catch");
    const other = socket.io.socket("/order-1");
    other.connect();
    await next(other, "connect");
    const answers = await Promise.all([ask(other, "nsp"), ask(other, "nsp"), ask(other, "nsp")]);
    same(answers, [["/order-1"], ["/order-1"], ["/order-1"]]);
    const caught = next(socket, "caught");
    socket.emit("still here");
    same(await caught, ["still here"]);
  });

  await test("refuses an unknown namespace and keeps the connection", async () => {
    const main = await open();
    const unknown = main.io.socket("/unknown");
    const refused = next(unknown, "connect_error");
    unknown.connect();
    equal((await refused)[0].message, "Invalid namespace");
    same(await ask(main, "sum", 2, 2), [4]);
    equal((await refusal("/order-x")).message, "Invalid namespace");
  });

  await test("admits to namespaces by pattern and by predicate", async () => {
    same(await ask(await open("/order-42"), "nsp"), ["/order-42"]);
    same(await ask(await open("/tenant/acme", { auth: { tenant: "acme" } }), "nsp"), ["/tenant/acme"]);
    // Names that nobody was admitted to: a namespace that exists is open to all, its predicate is not asked again.
    equal((await refusal("/tenant/closed", { auth: { tenant: "other" } })).message, "Invalid namespace");
    equal((await refusal("/tenant/closed")).message, "Invalid namespace");
  });

  await test("tells why a middleware refused, with data", async () => {
    const error = await refusal("/guarded", { auth: { token: "wrong" } });
    ok(error instanceof Error);
    equal(error.message, "not authorized");
    same(error.data, { code: 401, fields: ["token"] });
  });

  await test("tells why a middleware refused, without data", async () => {
    const error = await refusal("/guarded", { auth: { plain: true, token: "secret" } });
    equal(error.message, "plain refusal");
    equal(error.data, undefined);
  });

  await test("runs the middlewares in order, and admits who knows the token", async () => {
    const socket = await open("/guarded", { auth: { token: "secret" } });
    same(await ask(socket, "order"), [[1, 2]]);
  });

  await test("admits at the second attempt, on the same connection", async () => {
    const main = await open();
    const socket = main.io.socket("/guarded", { auth: { token: "wrong" } });
    const refused = next(socket, "connect_error");
    socket.connect();
    await refused;
    socket.auth = (done) => done({ token: "secret" });
    const connected = next(socket, "connect");
    socket.connect();
    await connected;
    same(await ask(socket, "order"), [[1, 2]]);
    same(await ask(main, "sum", 1, 1), [2]);
  });

  await test("drops the event that a socket's middleware refuses, and nothing else", async () => {
    const socket = await open("/filtered");
    const refused = next(socket, "refused");
    socket.emit("forbidden", 1);
    same(await refused, ["event refused"]);
    const echoed = next(socket, "echo");
    socket.emit("echo", "fine");
    same(await echoed, ["fine"]);
  });

  await test("joins a namespace anew with a new id", async () => {
    const socket = await open("/order-1");
    const before = socket.id;
    socket.disconnect();
    const connected = next(socket, "connect");
    socket.connect();
    await connected;
    ok(socket.id !== before);
    same(await ask(socket, "nsp"), ["/order-1"]);
  });
});
