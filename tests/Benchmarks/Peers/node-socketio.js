// The peer: Node's own socket.io, with the benchmark server's three events. PORT is where it listens.
const http = require("http").createServer();
const { Server } = require("socket.io");

const io = new Server(http, { transports: ["websocket", "polling"], serveClient: false, perMessageDeflate: false });
io.on("connection", (socket) => {
  socket.on("ack", (value, ack) => ack(value));
  socket.on("join", (room) => socket.join(room));
  socket.on("bcast", (room, value) => io.to(room).emit("msg", value));
});
http.listen(Number(process.env.PORT), "127.0.0.1");
