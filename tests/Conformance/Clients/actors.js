// One interface over the three kinds of Socket.IO clients that there have been. A plain script: it runs in Node.js and in a page alike.
//
// actors[family](io, { url, transport, has }) opens a connection; an actor has
//   on(event, listener), emit(event, ...args), send(text), disconnect(), transport(),
// and, where the generation has them, ask(event, ...args) → a promise of the answer's arguments, json(value), namespace(name) → an actor, connect() where it does
// not come back by itself, hurry() where it notices a loss by its clock alone: its time is up.
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
    // In Node.js client 0.7 throws an error that nobody listens to.
    const tolerant = (socket) => socket.on("error", () => {});
    const actor = (socket) => ({
      on: (event, listener) => socket.on(event, listener),
      emit: (event, ...args) => socket.emit(event, ...args),
      ask: asks(socket),
      send: (text) => socket.send(text),
      json: (value) => socket.json.send(value),
      disconnect: () => socket.disconnect(),
      namespace: (name) => actor(tolerant(socket.socket.of(name))),
      transport: () => socket.socket.transport.name,
      hurry: () => {
        const client = socket.socket;
        const { closeTimeout, transport } = client;
        if (transport.closeTimeout) {
          transport.clearCloseTimeout();
          client.closeTimeout = 0;
          transport.setCloseTimeout();
          client.closeTimeout = closeTimeout;
        }
      },
    });
    // Merged as they are, option into option, what is asked for would only be the first of the list of all.
    io.transports = [transport];
    const socket = io.connect(url, { "force new connection": true, "reconnection delay": 10 });
    // Clients 0.7 and 0.8 try again while they are trying, and lose in one attempt what they send in another.
    tolerant(socket.socket).on("reconnecting", () => { socket.socket.reconnectionDelay = 5_000; });
    return actor(tolerant(socket));
  };

  /** Clients 0.1 to 0.6: messages and nothing else; an event is a message of a certain shape. */
  const founders = (io, { url, transport, has: { json, mark = "" } }) => {
    const { hostname, port } = new URL(url);
    const listeners = { connect: [], disconnect: [], message: [] };
    let socket;
    const open = () => {
      socket = new io.Socket(hostname, {
        port: Number(port),
        transports: [transport],
        // Nobody gives up on a machine that has much else to do.
        transportOptions: { [transport]: { timeout: 60_000 } },
        connectTimeout: 60_000,
        rememberTransport: false,
        reconnectionDelay: 10,
      });
      // In clients 0.2 all sockets of a page have one table of listeners.
      socket.$events &&= {};
      for (const [event, all] of Object.entries(listeners)) {
        // Early, as clients 0.6 stumble over those that come after their own.
        (socket.on ?? socket.addEvent).call(socket, event, (...args) => all.forEach((listener) => listener(...args)));
      }
      socket.connect();
    };
    const read = (message) => typeof message === "string" && message.startsWith(`${mark}{`) ? JSON.parse(message.slice(mark.length)) : message;
    const asEvent = (event, listener) => (message) => {
      const { name, args } = read(message);
      if (name === event) {
        listener(...args);
      }
    };
    open();
    return {
      on: (event, listener) => event in listeners ? listeners[event].push(listener) : listeners.message.push(asEvent(event, listener)),
      emit: (name, ...args) => socket.send(json ? { name, args } : mark + JSON.stringify({ name, args })),
      send: (text) => socket.send(text),
      json: (value) => socket.send(value),
      disconnect: () => socket.disconnect(),
      // Pages made a new socket.
      connect: open,
      transport: () => socket.transport.type,
      hurry: () => {
        const { transport } = socket;
        const { timeout } = transport.options;
        transport.options.timeout = 0;
        transport.setTimeout?.();
        transport.options.timeout = timeout;
      },
    };
  };

  globalThis.actors = { current, protocolOne, founders };
})();
