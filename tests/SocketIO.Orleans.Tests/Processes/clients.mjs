// Real clients of a cluster of gateways. Reads lines and answers each with one:
// {"url": balancer, "gateways": […], "rooms": n, "perRoom": n, "rate": n} connects all and begins to publish; "enlist" makes the clients members of their rooms;
// "state" tells how many are connected; "finish" ends the publishing, waits until everybody has all, and tells what every client has seen.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/package.json");
const { io } = require("socket.io-client");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (value) => new Promise((written) => process.stdout.write(JSON.stringify(value) + "\n", written));

// A third each: polling alone, WebSocket alone, and what a client does by itself.
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const { url, gateways, rooms, perRoom, rate } = JSON.parse(await next());
const clients = [];
let lastArrival = 0;
let longestPause = 0;

function open(url, kind, user) {
  return io(url, { transports: TRANSPORTS[kind], forceNew: true, auth: { user }, reconnectionDelay: 200, reconnectionDelayMax: 500, timeout: 20000 });
}

function connect(index, room) {
  const kind = Object.keys(TRANSPORTS)[index % 3];
  const client = { index, room, kind, user: "user:" + index, seen: [], ends: new Set(), recoveries: 0, returns: 0, session: 0, id: null, sids: [] };
  clients.push(client);
  client.socket = open(url, kind, client.user);
  client.socket.on("news", (name, publisher, number) => {
    client.seen.push([publisher, number, client.session]);
    const now = performance.now();
    longestPause = publishing && lastArrival > 0 ? Math.max(longestPause, now - lastArrival) : longestPause;
    lastArrival = now;
  });
  client.socket.on("end", (publisher) => client.ends.add(publisher));
  return new Promise((resolve) => {
    client.socket.on("connect", async () => {
      client.sids.push(client.socket.io.engine.id);
      if (client.id !== null) {
        client.returns++;
        client.recoveries += client.socket.recovered ? 1 : 0;
        client.session += client.socket.recovered ? 0 : 1;
      }

      client.id = client.socket.id;
      while (!client.socket.recovered && client.socket.connected) {
        try {
          await client.socket.timeout(20000).emitWithAck("join", client.room);
          break;
        } catch {
          // The gateway has gone, or is busy with the death of another one.
        }
      }

      resolve();
    });
  });
}

let publishing = false;
// A few at a time: it is not the start that is to be seen here.
for (let index = 0; index < rooms * perRoom; index += 10) {
  // The clients of a room are of all kinds, and the balancer spreads them over all gateways.
  await Promise.all(Array.from({ length: 10 }, (_, i) => connect(index + i, "room" + Math.floor((index + i) / perRoom))));
}

// One at each gateway; who has lost it goes on at another one.
const publishers = gateways.map((gateway, index) => ({ name: "p" + index, sent: {}, socket: open(gateway, "websocket", "publisher:" + index) }));
await Promise.all(
  publishers.map(({ socket }) => {
    socket.io.on("reconnect_attempt", () => (socket.io.uri = url));
    return new Promise((resolve) => socket.on("connect", resolve));
  }),
);
publishing = true;
const publishingEnded = (async () => {
  const start = performance.now();
  for (let count = 0; publishing; ) {
    // At the rate, though timers are late.
    for (; count < ((performance.now() - start) * rate) / 1000; count++) {
      const publisher = publishers[count % publishers.length];
      const room = "room" + (Math.floor(count / publishers.length) % rooms);
      if (publisher.socket.connected) {
        const number = (publisher.sent[room] = (publisher.sent[room] ?? 0) + 1);
        publisher.socket.emit("say", room, publisher.name, number);
      }
    }

    await wait(2);
  }
})();
await say({ ready: clients.filter((client) => client.socket.connected).length, upgraded: clients.filter((client) => client.kind === "upgrade" && client.socket.io.engine.transport.name === "websocket").length });

for (let command = await next(); command; command = await next()) {
  if (command === "enlist") {
    await Promise.all(clients.map((client) => client.socket.timeout(60000).emitWithAck("enlist", client.room, client.user)));
    await say({ enlisted: clients.length });
  } else if (command === "state") {
    await say({ connected: [...clients, ...publishers].filter((client) => client.socket.connected).length, seen: clients.reduce((sum, client) => sum + client.seen.length, 0) });
  } else if (command === "finish") {
    publishing = false;
    await publishingEnded;
    const connected = publishers.filter((publisher) => publisher.socket.connected);
    connected.forEach((publisher) => publisher.socket.emit("end", publisher.name));
    for (let waited = 0; waited < 60000 && !clients.every((client) => client.ends.size === connected.length); waited += 50) {
      await wait(50);
    }

    await say({
      longestPause,
      publishers: publishers.map(({ name, sent, socket }) => ({ name, sent, id: socket.id })),
      clients: clients.map(({ room, kind, seen, ends, recoveries, returns, sids, socket }) => ({
        room, kind, seen, recoveries, returns, sids, id: socket.id, isComplete: ends.size === connected.length,
      })),
    });
    break;
  }
}

process.exit(0);
