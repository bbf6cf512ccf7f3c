// One interface over the three kinds of Socket.IO clients that there have been. A plain script: it runs in Node.js and in a page alike.
//
// actors[family](io, { url, transport }) opens a connection; an actor has
//   on(event, listener), emit(event, ...args), send(text), disconnect(), transport(),
// and, where the generation has them, ask(event, ...args) → a promise of the answer's arguments, json(value), namespace(name) → an actor.
// "connect" and "disconnect" are events of all of them.
(() => {
  const TRANSPORTS = { polling: ["polling"], jsonp: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

  const asks = (socket) => (event, ...args) => new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));

  /** Clients 1.0 and later. */
  const current = (io, { url, transport }) => {
    const actor = (socket) => ({
      on: (event, listener) => socket.on(event, listener),
      emit: (event, ...args) => socket.emit(event, ...args),
      ask: asks(socket),
      send: (text) => socket.send(text),
      disconnect: () => socket.disconnect(),
      namespace: (name) => actor(socket.io.socket(name)),
      transport: () => socket.io.engine.transport.name,
      upgraded: () => new Promise((resolve) => {
        const { engine } = socket.io;
        return engine.transport.name === "websocket" ? resolve() : engine.once("upgrade", () => resolve());
      }),
    });
    return actor(io(url, {
      transports: TRANSPORTS[transport],
      forceJSONP: transport === "jsonp",
      forceNew: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
    }));
  };

  /** Clients 0.7 to 0.9. */
  const protocolOne = (io, { url, transport }) => {
    const actor = (socket) => ({
      on: (event, listener) => socket.on(event, listener),
      emit: (event, ...args) => socket.emit(event, ...args),
      ask: asks(socket),
      send: (text) => socket.send(text),
      json: (value) => socket.json.send(value),
      disconnect: () => socket.disconnect(),
      namespace: (name) => actor(socket.socket.of(name)),
      transport: () => socket.socket.transport.name,
    });
    return actor(io.connect(url, { transports: [transport], "force new connection": true, "reconnection delay": 10 }));
  };

  /** Clients 0.1 to 0.6: messages and nothing else; an event is a message of a certain shape. */
  const founders = (io, { url, transport, hasJson }) => {
    const { hostname, port } = new URL(url);
    const socket = new io.Socket(hostname, { port: Number(port), transports: [transport], rememberTransport: false, reconnectionDelay: 10 });
    socket.connect();
    return {
      on: (event, listener) => socket.on(event, listener),
      emit: (name, ...args) => socket.send(hasJson ? { name, args } : JSON.stringify({ name, args })),
      send: (text) => socket.send(text),
      json: (value) => socket.send(value),
      disconnect: () => socket.disconnect(),
      connect: () => socket.connect(),
      transport: () => socket.transport.type,
    };
  };

  globalThis.actors = { current, protocolOne, founders };
})();
