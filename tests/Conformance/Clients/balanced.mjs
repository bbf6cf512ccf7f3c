// JavaScript clients behind a balancer that knows no affinity: each request goes to the next of several servers, and each upgrade to one where its session did not begin.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { io } from "socket.io-client";

const CLIENTS = 5;
const ROUNDS = 50;
const [transport, ...servers] = process.argv.slice(2);
const owners = new Map();
let turns = 0;
let upgrades = 0;
const next = () => new URL(servers[turns++ % servers.length]);

const balancer = createServer((incoming, outgoing) => {
  const server = next();
  const { hostname, port } = server;
  const forwarded = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.on("data", (chunk) => {
      const handshake = /^0{"sid":"([^"]+)"/.exec(chunk);
      if (handshake) {
        owners.set(handshake[1], server.href);
      }
    });
    answer.pipe(outgoing);
  });
  forwarded.on("error", () => outgoing.destroy());
  outgoing.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
});

balancer.on("upgrade", (incoming, client, head) => {
  const owner = owners.get(new URL(incoming.url, servers[0]).searchParams.get("sid"));
  let elsewhere = next();
  while (elsewhere.href === owner) {
    elsewhere = next();
  }

  upgrades++;
  const { hostname, port } = elsewhere;
  const server = connect(Number(port), hostname, () => {
    const headers = incoming.rawHeaders.reduce((text, value, i) => text + value + (i % 2 ? "\r\n" : ": "), "");
    server.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
    server.write(head);
    client.pipe(server).pipe(client);
  });
  server.on("error", () => client.destroy());
  client.on("error", () => server.destroy());
});

const fail = (why) => {
  console.error(`not ok - ${why?.stack ?? why}`);
  process.exit(1);
};
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
setTimeout(() => fail("not done in 60 seconds"), 60_000);

const run = async (url) => {
  const socket = io(url, {
    transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
    reconnection: false,
    forceNew: true,
  });
  socket.on("connect_error", fail);
  socket.on("disconnect", (reason) => fail(`a client was disconnected: ${reason}`));
  const upgraded = new Promise((done) => socket.io.on("open", () => socket.io.engine.on("upgrade", done).on("upgradeError", fail)));
  await new Promise((connected) => socket.on("connect", connected));
  const seen = [];
  socket.on("echo", (number, text) => seen.push(`${number} ${text}`));
  for (let i = 0; i < 2 * ROUNDS; i++) {
    if (i === ROUNDS && transport === "upgrade") {
      await upgraded;
    }

    const answer = await socket.timeout(10_000).emitWithAck("echo", i, "two ✓");
    if (answer !== i || seen[i] !== `${i} two ✓`) {
      fail(`round ${i} brought ${answer} and "${seen[i]}"`);
    }
  }

  const expected = transport === "upgrade" ? "websocket" : transport;
  if (socket.io.engine.transport.name !== expected) {
    fail(`a client has ended with ${socket.io.engine.transport.name}`);
  }

  socket.off("disconnect");
  socket.disconnect();
};

balancer.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${balancer.address().port}`;
  await Promise.all(Array.from({ length: CLIENTS }, () => run(url)));
  if (turns < servers.length || upgrades !== (transport === "upgrade" ? CLIENTS : 0)) {
    fail(`${turns} requests and ${upgrades} upgrades are too few to show anything`);
  }

  console.log(`ok - ${CLIENTS} clients, ${2 * ROUNDS} rounds each, in ${turns} requests and ${upgrades} upgrades`);
  process.exit(0);
});
