// Real clients of a cluster of gateways. Reads lines: {"urls": […], "rooms": n, "perRoom": n, "rate": n} to begin, "stop" to end publishing, "report" to tell
// what every client has seen.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/package.json");
const { io } = require("socket.io-client");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (value) => new Promise((written) => process.stdout.write(JSON.stringify(value) + "\n", written));

const { urls, rooms, perRoom, rate, transports } = JSON.parse(await next());
const clients = [];

function connect(index, room) {
  const client = { index, room, gateway: index % urls.length, seen: [], recoveries: 0, returns: 0, session: 0, id: null };
  clients.push(client);
  let attempt = index;
  client.socket = io(urls[attempt % urls.length], {
    transports: transports[index % transports.length],
    forceNew: true,
    reconnectionDelay: 200,
    reconnectionDelayMax: 500,
    timeout: 5000,
  });
  // Whoever has lost its gateway tries the next: as behind a load balancer without affinity.
  client.socket.io.on("reconnect_attempt", () => {
    client.socket.io.uri = urls[++attempt % urls.length];
  });
  client.socket.on("news", (name, publisher, number) => client.seen.push([publisher, number, client.session]));
  return new Promise((resolve) => {
    client.socket.on("connect", async () => {
      if (client.id !== null) {
        client.returns++;
        client.recoveries += client.socket.recovered ? 1 : 0;
        client.session += client.socket.recovered ? 0 : 1;
      }

      client.id = client.socket.id;
      if (!client.socket.recovered) {
        await client.socket.timeout(20000).emitWithAck("join", client.room);
      }

      resolve();
    });
  });
}

const joining = [];
for (let index = 0; index < rooms * perRoom; index++) {
  // The clients of a room sit on all gateways in turn.
  joining.push(connect(index, "room" + (Math.floor(index / urls.length) % rooms)));
}

await Promise.all(joining);
const publishers = urls.map((url, index) => ({ name: "p" + index, sent: {}, socket: io(url, { transports: ["websocket"], forceNew: true, reconnection: false }) }));
await Promise.all(publishers.map((publisher) => new Promise((resolve) => publisher.socket.on("connect", resolve))));
say({ ready: clients.length, ids: clients.map((client) => client.id) });

let publishing = true;
const publishingEnded = (async () => {
  for (let tick = 0; publishing; tick++) {
    await wait(1000 / rate);
    const publisher = publishers[tick % publishers.length];
    const room = "room" + (Math.floor(tick / publishers.length) % rooms);
    if (publisher.socket.connected) {
      const number = (publisher.sent[room] = (publisher.sent[room] ?? 0) + 1);
      publisher.socket.emit("say", room, publisher.name, number);
    }
  }
})();

for (let command = await next(); command; command = await next()) {
  if (command === "stop") {
    publishing = false;
    await publishingEnded;
    say({ stopped: publishers.map((publisher) => ({ name: publisher.name, connected: publisher.socket.connected, sent: publisher.sent })) });
  } else if (command === "report") {
    await say({
      clients: clients.map(({ index, room, gateway, seen, recoveries, returns, socket }) => ({ index, room, gateway, seen, recoveries, returns, connected: socket.connected, id: socket.id })),
    });
    break;
  }
}

process.exit(0);
