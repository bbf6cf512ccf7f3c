// The peer: Node's own socket.io, with the benchmark server's three events. PORT is where it listens; REDIS, if it is set, the port of
// a Redis that joins it to others.
const http = require("http").createServer();
const { Server } = require("socket.io");

async function start() {
  const io = new Server(http, { transports: ["websocket", "polling"], serveClient: false, perMessageDeflate: false });
  if (process.env.REDIS) {
    const publisher = require("redis").createClient({ url: `redis://127.0.0.1:${process.env.REDIS}` });
    const subscriber = publisher.duplicate();
    await Promise.all([publisher.connect(), subscriber.connect()]);
    io.adapter(require("@socket.io/redis-adapter").createAdapter(publisher, subscriber));
  }
  io.on("connection", (socket) => {
    socket.on("ack", (value, ack) => ack(value));
    socket.on("join", (room) => socket.join(room));
    socket.on("bcast", (room, value) => io.to(room).emit("msg", value));
  });
  http.listen(Number(process.env.PORT), "127.0.0.1");
}

start();
