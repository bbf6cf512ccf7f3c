// Two people in the chat of samples/ChatCluster, one at each gateway. Arguments: the folder of the npm clients, and the gateways' addresses.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/package.json");
const { io } = require("socket.io-client");
const [first, second] = process.argv.slice(3);

function enter(url, auth) {
  const heard = [];
  let wake = () => {};
  const socket = io(url + "/chat", { auth, forceNew: true });
  const hear = (line) => {
    heard.push(line);
    wake();
  };
  socket.on("came", (name) => hear(name + " came"));
  socket.on("left", (name) => hear(name + " left"));
  socket.on("said", ({ from, text }) => hear(`${from}: ${text}`));
  socket.on("awake?", (answer) => answer(true));
  const until = async (line) => {
    while (!heard.includes(line)) {
      await new Promise((resolve) => (wake = resolve));
    }

    console.log(line);
  };
  const connected = new Promise((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", (error) => {
      // The gateways open before the service whose grains serve them.
      if (error.data?.code === "handler_unavailable" || error.data === undefined) {
        setTimeout(() => socket.connect(), 100);
      } else {
        reject(error);
      }
    });
  });
  return { socket, until, connected };
}

const ada = enter(first, { name: "Ada" });
await ada.connected;
await enter(second, {}).connected.catch((error) => console.log(`refused: ${error.message} ${JSON.stringify(error.data)}`));
const grace = enter(second, { name: "Grace" });
await grace.connected;
await ada.until("Grace came");
console.log(JSON.stringify(await ada.socket.emitWithAck("say", "hello")));
await grace.until("Ada: hello");
console.log(JSON.stringify(await grace.socket.emitWithAck("say", "")));
console.log(JSON.stringify(await grace.socket.emitWithAck("who")));
await ada.until("announcer: 2 of 2 are awake");
await grace.until("announcer: 2 of 2 are awake");
grace.socket.disconnect();
await ada.until("Grace left");
process.exit(0);
