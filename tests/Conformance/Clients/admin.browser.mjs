// The official Admin UI in a real Chromium, before a cluster of two gateways or, with --read-only, before one:
//
//   node admin.browser.mjs --url http://127.0.0.1:3000 --other http://127.0.0.1:3001 --username admin --password changeit --page-port 8080
//
// Its files come from the package @socket.io/admin-ui, by a web server on the loopback; the gateways have to allow its origin, http://127.0.0.1:8080, with credentials.
// With --screenshot a picture is written. Prints one line per behaviour; the exit code is 0 only if all of them hold.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";
import { launch } from "./chromium.mjs";

const { values: args } = parseArgs({
  options: {
    url: { type: "string" },
    other: { type: "string" },
    username: { type: "string" },
    password: { type: "string" },
    "page-port": { type: "string" },
    "read-only": { type: "boolean" },
    screenshot: { type: "string" },
  },
});

const PATIENCE = 60_000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png" };
const FILES = fileURLToPath(new URL("./node_modules/@socket.io/admin-ui/ui/dist/", import.meta.url));
const pageUrl = `http://127.0.0.1:${args["page-port"]}/`;

const files = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, pageUrl).pathname);
  try {
    const file = await readFile(join(FILES, path === "/" ? "index.html" : path));
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/html" }).end(file);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => files.listen(Number(args["page-port"]), "127.0.0.1", resolve));

const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 620 } })).newPage();
page.setDefaultTimeout(PATIENCE);
page.on("pageerror", (error) => fail(`an exception on the page: ${error.stack}`));

let current = "start";

function fail(error) {
  console.error(`not ok - ${current}: ${error?.stack ?? error}`);
  process.exit(1);
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

async function test(name, body) {
  current = name;
  await body();
  console.log(`ok - ${name}`);
}

function next(emitter, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${event}" within ${PATIENCE} ms`)), PATIENCE);
    emitter.once(event, (...received) => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

/** A client on a connection of its own. */
async function connect(url, options = {}) {
  const socket = io(url, { forceNew: true, reconnection: false, transports: ["websocket"], ...options });
  await Promise.race([next(socket, "connect"), next(socket, "connect_error").then(([error]) => Promise.reject(error))]);
  return socket;
}

async function until(what, condition) {
  for (const end = Date.now() + PATIENCE; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (Date.now() > end) {
      throw new Error(`${what}: not within ${PATIENCE} ms`);
    }
  }
}

const open = (path) => page.goto(`${pageUrl}#${path}`);
const row = (text) => page.getByRole("row").filter({ hasText: text });
const visible = (locator) => locator.first().waitFor({ state: "visible" });
const gone = (locator) => until(`${locator} is gone`, async () => (await locator.count()) === 0);

async function logIn(password) {
  await page.getByLabel("Server URL").fill(args.url);
  await page.getByLabel("Username").fill(args.username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Connect" }).click();
}

const here = [await connect(args.url), await connect(args.url)];

await test("a wrong password is refused in the dashboard's own words", async () => {
  await page.goto(pageUrl);
  await logIn("wrong");
  await visible(page.getByText("Invalid credentials"));
});

await test("the right one lets in", async () => {
  await logIn(args.password);
  await gone(page.getByRole("dialog"));
  await visible(page.getByText("connected", { exact: true }));
});

if (args["read-only"]) {
  await test("a read-only server's sockets are shown, and nothing can be done to them", async () => {
    await open("/sockets/");
    await visible(row(here[0].id));
    if ((await row(here[0].id).getByRole("button").count()) !== 0) {
      throw new Error("There is a button in the socket's row.");
    }
    const dashboard = await connect(`${args.url}/admin`, { auth: { sessionId: await sessionId() } });
    for (const [command, ...rest] of [["join", "/", "room"], ["_disconnect", "/", true], ["emit", "/", null, "hello"]]) {
      dashboard.emit(command, ...rest);
    }
    await open(`/n/${encodeURIComponent("/")}/sockets/${here[0].id}`);
    await visible(page.getByText("Initial HTTP request"));
    if (!here.every((socket) => socket.connected)) {
      throw new Error("A client was disconnected.");
    }
  });
} else {
  const there = [await connect(args.other), await connect(args.other, { transports: ["polling"] })];

  await test("both servers are listed as healthy", async () => {
    await open("/servers/");
    for (const server of ["gateway-1", "gateway-2"]) {
      await visible(row(server).filter({ hasText: /healthy/i }));
    }
    if ((await page.getByText("unhealthy", { exact: true }).count()) !== 0) {
      throw new Error("A server is unhealthy.");
    }
  });

  await test("the sockets of both gateways are listed", async () => {
    await open("/sockets/");
    for (const socket of [...here, ...there]) {
      await visible(row(socket.id));
    }
    await visible(row(there[1].id).filter({ hasText: /polling/i }));
  });

  await test("a socket of the other gateway joins a room", async () => {
    await row(there[0].id).click();
    await page.getByLabel("Join a room").fill("lobby");
    await page.locator("form").getByRole("button").last().click();
    await visible(row("lobby"));
  });

  await test("what happens at the other gateway is seen as it happens", async () => {
    const visitor = await connect(args.other);
    // A client that has disconnected knows its id no longer.
    const { id } = visitor;
    await open("/sockets/");
    await visible(row(id));
    visitor.emit("hello", "from gateway 2");
    await open("/events/");
    await row("hello").getByRole("button").click();
    await visible(page.getByText("from gateway 2"));
    visitor.disconnect();
    await open("/sockets/");
    await gone(row(id));
  });

  await test("a session of one gateway is good at the other, and commands are done at all of them", async () => {
    const dashboard = await connect(`${args.other}/admin`, { auth: { sessionId: await sessionId() } });
    const joined = next(dashboard, "room_joined");
    dashboard.emit("join", "/", "lobby", here[0].id);
    await joined;
    const received = [here[0], there[0]].map((socket) => next(socket, "news"));
    dashboard.emit("emit", "/", "lobby", "news", "for the lobby", new Uint8Array([1, 2, 3]));
    for (const [text, bytes] of await Promise.all(received)) {
      if (text !== "for the lobby" || Buffer.compare(Buffer.from(bytes), Buffer.from([1, 2, 3])) !== 0) {
        throw new Error(`got ${text} and ${bytes}`);
      }
    }
    dashboard.disconnect();
  });

  await test("the rooms of both gateways are one", async () => {
    await open("/rooms/");
    await row("lobby").first().click();
    await visible(row(here[0].id));
    await visible(row(there[0].id));
    if (args.screenshot) {
      await open("/sockets/");
      for (const socket of [...here, ...there]) {
        await visible(row(socket.id));
      }
      await gone(page.locator(".v-slide-x-reverse-transition-leave-active, .v-slide-x-transition-leave-active, .v-slide-y-transition-leave-active"));
      await new Promise((resolve) => setTimeout(resolve, 500));
      await page.screenshot({ path: args.screenshot });
    }
  });

  await test("a socket leaves the room", async () => {
    await open(`/n/${encodeURIComponent("/")}/sockets/${there[0].id}`);
    await row("lobby").getByRole("button").click();
    // The click goes to the row as well: the dashboard shows the room.
    await visible(row(here[0].id));
    await gone(row(there[0].id));
  });

  await test("a socket of the other gateway is disconnected", async () => {
    const { id } = there[0];
    await open("/sockets/");
    const ended = next(there[0], "disconnect");
    await row(id).getByRole("button").click();
    const [reason] = await ended;
    if (reason !== "io server disconnect") {
      throw new Error(`the reason is ${reason}`);
    }
    await open("/sockets/");
    await visible(row(here[0].id));
    await gone(row(id));
  });
}

/** What the dashboard has got for its password. */
async function sessionId() {
  const id = await page.evaluate(() => localStorage.getItem("session_id"));
  if (!/^[0-9a-f]{16}$/.test(id)) {
    throw new Error(`the session is ${id}`);
  }
  return id;
}

await browser.close();
process.exit(0);
