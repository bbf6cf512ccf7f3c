// Clients behind a proxy without affinity, and back-ends that publish by HTTP, one at each gateway. Reads lines and answers each with one:
// {"url": proxy, "publish": [gateways' addresses], "key": …, "rooms": n, "perRoom": n} connects all and begins to publish; "state" tells how far it is;
// "finish" ends the publishing, waits until everybody has all that was accepted, and tells what was seen.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv[2] + "/package.json");
const { io } = require("socket.io-client");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await lines.next()).value;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (value) => new Promise((written) => process.stdout.write(JSON.stringify(value) + "\n", written));

// A third each: polling alone, WebSocket alone, and what a client does by itself.
const TRANSPORTS = [["polling"], ["websocket"], ["polling", "websocket"]];
const { url, publish, key, rooms, perRoom } = JSON.parse(await next());
const clients = [];

// A back-end whose gateway does not answer asks the other one. What it asked may have been done all the same: such an event may arrive twice.
async function ask(at, call, body, onRepeat) {
  for (let attempt = 0; ; attempt++) {
    if (attempt > 0) {
      onRepeat?.();
      await wait(100);
    }

    try {
      const answer = await fetch(`${publish[(at + attempt) % publish.length]}/api/v1/${call}`, {
        method: "POST",
        headers: { "Authorization": `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) {
        return;
      }
    } catch {
      // It has gone, or takes too long.
    }
  }
}

async function connect(index) {
  const client = { index, room: "room" + Math.floor(index / perRoom), seen: [], returns: 0, recoveries: 0, sessions: 0 };
  clients.push(client);
  client.socket = io(url, { transports: TRANSPORTS[index % 3], forceNew: true, reconnectionDelay: 200, reconnectionDelayMax: 500, timeout: 20_000 });
  client.socket.on("news", (publisher, number) => client.seen.push([publisher, number]));
  await new Promise((resolve) =>
    client.socket.on("connect", () => {
      client.returns += client.sessions > 0 ? 1 : 0;
      client.recoveries += client.socket.recovered ? 1 : 0;
      client.sessions += client.socket.recovered ? 0 : 1;
      resolve();
    }),
  );
  await ask(index, "join", { sockets: [client.socket.id], targets: [client.room] });
}

for (let index = 0; index < rooms * perRoom; index += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, i) => connect(index + i)));
}

let publishing = true;
const accepted = publish.map(() => ({}));
const repeated = new Set();
const publishers = publish.map(async (_, at) => {
  for (let count = 0; publishing; count++) {
    const room = "room" + (count % rooms);
    const number = (accepted[at][room] ?? 0) + 1;
    await ask(at, "emit", { rooms: [room], event: "news", args: [at, number] }, () => repeated.add(`${room} ${at} ${number}`));
    accepted[at][room] = number;
    await wait(5);
  }
});
await say({ connected: clients.filter((client) => client.socket.connected).length });

const sum = (values) => values.reduce((total, value) => total + value, 0);
const missing = (client) => sum(accepted.map((rooms, at) => (rooms[client.room] ?? 0) - new Set(client.seen.filter(([of]) => of === at).map(([, number]) => number)).size));

for (let command = await next(); command; command = await next()) {
  if (command === "state") {
    await say({ connected: clients.filter((client) => client.socket.connected).length, seen: sum(clients.map((client) => client.seen.length)) });
  } else {
    publishing = false;
    await Promise.all(publishers);
    for (let waited = 0; waited < 60_000 && clients.some((client) => missing(client) > 0); waited += 50) {
      await wait(50);
    }

    let twice = 0;
    let outOfOrder = 0;
    for (const client of clients) {
      const last = {};
      const seen = new Set();
      for (const [at, number] of client.seen) {
        // Only what a back-end has asked for twice may be there twice, and then the second is late.
        const again = seen.has(`${at} ${number}`);
        twice += again && !repeated.has(`${client.room} ${at} ${number}`) ? 1 : 0;
        outOfOrder += !again && number < (last[at] ?? 0) ? 1 : 0;
        last[at] = again ? last[at] : number;
        seen.add(`${at} ${number}`);
      }
    }

    await say({
      published: sum(accepted.flatMap((rooms) => Object.values(rooms))),
      askedAgain: repeated.size,
      received: sum(clients.map((client) => client.seen.length)),
      lost: sum(clients.map(missing)),
      twice,
      outOfOrder,
      returns: sum(clients.map((client) => client.returns)),
      recoveries: sum(clients.map((client) => client.recoveries)),
      returned: clients.filter((client) => client.returns > 0).length,
      connected: clients.filter((client) => client.socket.connected).length,
    });
    break;
  }
}

process.exit(0);
