// What all programs share: the command line, one client per call, and tests that end the program at the first failure.
import { isDeepStrictEqual, parseArgs } from "node:util";
import { io } from "socket.io-client";

const { values: args } = parseArgs({
  options: { url: { type: "string" }, transport: { type: "string" } },
});
if (!args.url) {
  console.error("usage: node PROGRAM --url http://127.0.0.1:PORT [--transport polling|websocket|upgrade]");
  process.exit(2);
}

const PATIENCE = 10_000;
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

export const url = args.url;

let label = "";
let current = "start";
let opened = [];

function fail(error) {
  console.error(`not ok - ${label}${current}: ${error?.stack ?? error}`);
  process.exit(1);
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

/** Runs one behaviour; afterwards its clients are closed. */
export async function test(name, body) {
  current = name;
  const late = setTimeout(() => fail(new Error("not done in 60 seconds")), 60_000);
  await body();
  clearTimeout(late);
  for (const socket of opened) {
    socket.disconnect();
  }
  opened = [];
  console.log(`ok - ${label}${name}`);
}

/** Runs a suite of tests with polling only, with websocket only, and with an upgrade; or with the one asked for; then `end`. */
export async function run(suite, end) {
  for (const transport of args.transport ? [args.transport] : Object.keys(TRANSPORTS)) {
    label = `${transport}: `;
    await suite(transport, clientsOf(transport));
  }
  await end?.();
  process.exit(0);
}

function clientsOf(transport) {
  /** A client on a connection of its own, which has not been told to connect. */
  const create = (namespace = "/", options = {}) => {
    const socket = io(url + namespace, {
      transports: TRANSPORTS[transport],
      forceNew: true,
      reconnection: false,
      autoConnect: false,
      ...options,
    });
    opened.push(socket);
    return socket;
  };

  /** Connects a client; with "upgrade" it has its websocket when this returns. */
  const connect = async (socket) => {
    const connected = next(socket, "connect");
    const refused = next(socket, "connect_error").then(([error]) => {
      throw new Error(`refused: ${error.message}`);
    });
    refused.catch(() => {});
    socket.connect();
    await Promise.race([connected, refused]);
    await upgraded(socket);
    return socket;
  };

  const upgraded = async (socket) => {
    const engine = socket.io.engine;
    if (transport === "upgrade" && engine.transport.name !== "websocket") {
      await next(engine, "upgrade");
    }
  };

  return { create, connect, upgraded, open: (namespace, options) => connect(create(namespace, options)) };
}

/** The arguments of the next such event. */
export function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const listener = (...received) => {
      clearTimeout(timer);
      resolve(received);
    };
    const timer = setTimeout(() => {
      emitter.off(event, listener);
      reject(new Error(`no "${event}" within ${PATIENCE} ms`));
    }, PATIENCE);
    timer.unref();
    emitter.once(event, listener);
  });
}

/** Emits with an ack and gives the answer's arguments. */
export function ask(socket, event, ...rest) {
  return new Promise((resolve, reject) => {
    socket.timeout(PATIENCE).emit(event, ...rest, (error, ...answer) => {
      if (error) {
        reject(new Error(`no acknowledgement of "${event}" within ${PATIENCE} ms`));
      } else {
        resolve(answer);
      }
    });
  });
}

/** Collects the arguments of an event from now on. */
export function collect(socket, event) {
  const received = [];
  socket.on(event, (...values) => received.push(values));
  return received;
}

/** Deep equality, in which every kind of binary counts as its bytes. */
export function same(actual, expected, what = "value") {
  if (!isDeepStrictEqual(bytesOf(actual), bytesOf(expected))) {
    throw new Error(`${what}: got ${show(actual)}, expected ${show(expected)}`);
  }
}

function bytesOf(value) {
  if (value instanceof ArrayBuffer) {
    return { bytes: Buffer.from(value).toString("hex") };
  }
  if (ArrayBuffer.isView(value)) {
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex") };
  }
  if (Array.isArray(value)) {
    return value.map(bytesOf);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bytesOf(inner)]));
  }
  return value;
}

function show(value) {
  const text = JSON.stringify(bytesOf(value)) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
