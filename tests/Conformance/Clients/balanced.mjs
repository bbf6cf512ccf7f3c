// The JavaScript client behind a balancer that knows no affinity: each request, upgrades included, goes to the next of several servers.
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { io } from "socket.io-client";

const ROUNDS = 50;
const [transport, ...servers] = process.argv.slice(2);
let turns = 0;
const next = () => new URL(servers[turns++ % servers.length]);

const balancer = createServer((incoming, outgoing) => {
  const { hostname, port } = next();
  const forwarded = request({ hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  forwarded.on("error", () => outgoing.destroy());
  outgoing.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
});

balancer.on("upgrade", (incoming, client, head) => {
  const { hostname, port } = next();
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

balancer.listen(0, "127.0.0.1", async () => {
  const socket = io(`http://127.0.0.1:${balancer.address().port}`, {
    transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
    reconnection: false,
  });
  socket.on("connect_error", fail);
  socket.on("disconnect", (reason) => fail(`the client was disconnected: ${reason}`));
  await new Promise((connected) => socket.on("connect", connected));
  const seen = [];
  socket.on("echo", (number, text) => seen.push(`${number} ${text}`));
  for (let i = 0; i < ROUNDS; i++) {
    const answer = await socket.timeout(10_000).emitWithAck("echo", i, "two ✓");
    if (answer !== i || seen[i] !== `${i} two ✓`) {
      fail(`round ${i} brought ${answer} and "${seen[i]}"`);
    }
  }

  if (turns < servers.length) {
    fail(`${turns} requests are too few to show anything`);
  }

  socket.off("disconnect");
  socket.disconnect();
  console.log(`ok - ${ROUNDS} rounds in ${turns} requests`);
  process.exit(0);
});
