// A plain round-robin balancer without affinity: each request and each upgrade goes to the next gateway, or to the one after it where that one takes no
// connection. Arguments: the gateways' ports. Says {"port": n}; asked for "cut", which sessions had something under way at a gateway when that broke
// it off, since it was asked last.
import { Agent, createServer, request } from "node:http";
import { connect } from "node:net";
import { createInterface } from "node:readline";

const ports = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const cut = new Set();
let turns = 0;

const noteCut = (url) => {
  const sid = new URL(url, "http://any").searchParams.get("sid");
  if (sid) {
    cut.add(sid);
  }
};

function forward(incoming, body, outgoing, turn, attempts) {
  const forwarded = request({ agent, port: ports[turn % ports.length], host: "127.0.0.1", method: incoming.method, path: incoming.url, headers: incoming.headers });
  forwarded.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
    answer.on("error", () => {
      noteCut(incoming.url);
      outgoing.destroy();
    });
  });
  forwarded.on("error", (error) => {
    if (error.code === "ECONNREFUSED" && attempts > 1) {
      forward(incoming, body, outgoing, turn + 1, attempts - 1);
      return;
    }

    if (!outgoing.destroyed) {
      noteCut(incoming.url);
      if (outgoing.headersSent) {
        outgoing.destroy();
      } else {
        outgoing.writeHead(502).end();
      }
    }
  });
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) {
      forwarded.destroy();
    }
  });
  forwarded.end(body);
}

const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
  const body = [];
  incoming.on("data", (part) => body.push(part));
  incoming.on("end", () => forward(incoming, Buffer.concat(body), outgoing, turns++, ports.length));
});

function upgrade(incoming, client, head, turn, attempts) {
  const gateway = connect(ports[turn % ports.length], "127.0.0.1");
  gateway.on("connect", () => {
    const headers = incoming.rawHeaders.reduce((text, value, i) => text + value + (i % 2 ? "\r\n" : ": "), "");
    gateway.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
    gateway.write(head);
    client.pipe(gateway).pipe(client);
    gateway.on("close", () => {
      if (!client.destroyed && !client.readableEnded) {
        noteCut(incoming.url);
      }

      client.destroy();
    });
    client.on("close", () => gateway.destroy());
  });
  gateway.on("error", (error) => {
    if (error.code === "ECONNREFUSED" && attempts > 1) {
      upgrade(incoming, client, head, turn + 1, attempts - 1);
    } else {
      client.destroy();
    }
  });
}

server.on("upgrade", (incoming, client, head) => {
  client.on("error", () => {});
  upgrade(incoming, client, head, turns++, ports.length);
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
createInterface({ input: process.stdin }).on("line", () => {
  console.log(JSON.stringify([...cut]));
  cut.clear();
});
