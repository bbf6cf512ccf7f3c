// Drives samples/Chat in a real Chromium, two people at a time:
//
//   node chat.browser.mjs --url http://127.0.0.1:5000
//
// Elements are found by role and name, as a screen reader finds them. Prints one line per behaviour; the exit code is 0 only if all of them hold.

import { parseArgs } from "node:util";
import { deflateSync } from "node:zlib";
import { createHash } from "node:crypto";
import { launch } from "./chromium.mjs";

const { values } = parseArgs({ options: { url: { type: "string" } } });
if (!values.url) {
  console.error("usage: node chat.browser.mjs --url http://127.0.0.1:5000");
  process.exit(2);
}

const patience = 20_000;
// Names of this run only, so that a run that died leaves nothing in the way of the next.
const run = Date.now().toString(36).slice(-5);
const ada = `Ada ${run}`;
const grace = `Grace ${run}`;

const browser = await launch();
const problems = [];
let failures = 0;

async function check(behaviour, body) {
  try {
    await body();
    console.log(`ok - ${behaviour}`);
  } catch (error) {
    failures++;
    console.log(`not ok - ${behaviour}\n    ${String(error.stack ?? error).replaceAll("\n", "\n    ")}`);
  }
}

async function newPage(prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await prepare(context);
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.on("pageerror", (error) => problems.push(`an exception on the page: ${error.message}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) problems.push(message.text());
  });
  await page.goto(values.url);
  return page;
}

const box = (page) => page.getByRole("textbox", { name: "Message", exact: true });
const log = (page) => page.getByRole("log");
const status = (page) => page.getByRole("status");
const room = (page, name) => page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name: new RegExp(`^#?\\s*${name}`) });
const people = (page) => page.getByRole("complementary", { name: "People here" });
const privates = (page) => page.getByRole("navigation", { name: "Private messages" });
const title = (page, text) => page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();

async function signIn(page, name) {
  await page.getByRole("textbox", { name: "Nickname" }).fill(name);
  await page.keyboard.press("Enter");
  await title(page, "#lobby");
}

async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Enter");
}

async function tabTo(page, key, target) {
  for (let presses = 0; presses < 30; presses++) {
    if (await target.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${target}`);
}

function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

/** A picture of noise, so that a byte that went wrong can't go unseen. */
function png(width, height) {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n >>> 0;
  });
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const crc = (body.reduce((value, byte) => crcTable[(value ^ byte) & 255] ^ (value >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc);
    return Buffer.concat([length, body, tail]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let i = 0; i < rows.length; i++) rows[i] = i % (1 + 3 * width) === 0 ? 0 : (i * 2654435761) >>> 13;
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const first = await newPage();
const second = await newPage();

await check("two people sign in and begin in the lobby", async () => {
  await signIn(first, ada);
  await signIn(second, grace);
});

await check("a name that is in use is refused with its reason", async () => {
  const third = await newPage();
  await third.getByRole("textbox", { name: "Nickname" }).fill(ada.toLowerCase());
  await third.keyboard.press("Enter");
  await third.getByRole("alert").filter({ hasText: /taken/i }).waitFor();
  await third.context().close();
});

await check("the list of people shows both, in both windows", async () => {
  for (const page of [first, second]) {
    await people(page).getByText(ada).waitFor();
    await people(page).getByText(grace).waitFor();
  }
});

await check("what one says in the room the other reads, and markup stays text", async () => {
  const text = `hello <img src=x onerror=alert(1)> & good morning ${run}`;
  await say(first, text);
  await log(second).getByText(text, { exact: true }).waitFor();
  await say(second, `welcome ${run}`);
  await log(first).getByText(`welcome ${run}`).waitFor();
});

await check("a typing notice appears and goes when the message is sent", async () => {
  await box(second).pressSequentially("thinking");
  await first.getByText(`${grace} is typing`).waitFor();
  await box(second).press("Enter");
  await first.getByText(`${grace} is typing`).waitFor({ state: "hidden" });
  await log(first).getByText("thinking").waitFor();
});

await check("a new room is made, and shows up for the other with its messages unread until it is opened", async () => {
  const name = `room-${run}`;
  await first.getByRole("button", { name: "New room" }).click();
  await first.getByRole("textbox", { name: "Name of the new room" }).fill(name);
  await first.keyboard.press("Enter");
  await title(first, `#${name}`);
  await room(second, name).click();
  await title(second, `#${name}`);
  await people(first).getByText(grace).waitFor();
  await room(second, "lobby").click();
  await title(second, "#lobby");
  await say(first, `only here ${run}`);
  await room(second, name).filter({ hasText: "1 unread" }).waitFor();
  await room(second, name).click();
  await log(second).getByText(`only here ${run}`).waitFor();
  await room(second, name).filter({ hasNotText: "unread" }).waitFor();
  for (const page of [first, second]) {
    await page.getByRole("button", { name: `Leave #${name}` }).click();
    await title(page, "#lobby");
  }
});

await check("a private message gets its delivered tick, and Escape closes the conversation", async () => {
  await people(first).getByRole("button", { name: grace }).click();
  await title(first, grace);
  await say(first, `between us ${run}`);
  await log(first).getByRole("listitem").filter({ hasText: `between us ${run}` }).getByText("Delivered").waitFor();
  await privates(second).getByRole("button", { name: `${ada} 1 unread` }).click();
  await log(second).getByText(`between us ${run}`).waitFor();
  await second.keyboard.press("Escape");
  await first.keyboard.press("Escape");
  await title(first, "#lobby");
  await title(second, "#lobby");
});

await check("an image arrives in the other window with the right bytes", async () => {
  const bytes = png(64, 48);
  await first.locator("input[type=file]").setInputFiles({ name: "noise.png", mimeType: "image/png", buffer: bytes });
  await first.getByRole("button", { name: "Remove noise.png" }).waitFor();
  await box(first).press("Enter");
  const image = log(second).getByRole("img", { name: `noise.png, shared by ${ada}` });
  await image.waitFor();
  const seen = await image.evaluate(async (node) => {
    await node.decode();
    const data = new Uint8Array(await new Promise((resolve, reject) => {
      // The page's own policy lets it read blob: URLs as images only; a canvas has the same pixels.
      const canvas = Object.assign(document.createElement("canvas"), { width: node.naturalWidth, height: node.naturalHeight });
      const context = canvas.getContext("2d");
      context.drawImage(node, 0, 0);
      try { resolve(context.getImageData(0, 0, canvas.width, canvas.height).data); } catch (error) { reject(error); }
    }));
    return { width: node.naturalWidth, height: node.naturalHeight, pixels: [...data] };
  });
  expect(seen.width === 64 && seen.height === 48, `the image is ${seen.width} × ${seen.height}, not 64 × 48`);
  const colours = seen.pixels.filter((_, index) => index % 4 !== 3);
  const sent = Buffer.alloc(64 * 48 * 3);
  for (let y = 0, at = 0; y < 48; y++) for (let x = 0; x < 192; x++) sent[at++] = ((y * 193 + 1 + x) * 2654435761) >>> 13;
  const digest = (data) => createHash("sha256").update(data).digest("hex");
  expect(digest(Buffer.from(colours)) === digest(sent), "the pixels are not those that were sent");
});

await check("a file that is too large or no image is refused before it is sent", async () => {
  await first.locator("input[type=file]").setInputFiles([
    { name: "large.png", mimeType: "image/png", buffer: Buffer.alloc(9_000_000) },
    { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") },
  ]);
  await first.getByRole("alert").filter({ hasText: /large\.png.*9\.0 MB.*letter\.txt/ }).waitFor();
});

await check("the keyboard alone is enough: skip link, message, line break, arrow keys in the rooms", async () => {
  await first.reload();
  await title(first, "#lobby");
  await tabTo(first, "Shift+Tab", first.getByRole("link", { name: /^Skip/ }));
  await first.keyboard.press("Enter");
  await first.keyboard.type(`by hand ${run}`);
  await first.keyboard.press("Shift+Enter");
  await first.keyboard.type("second line");
  await first.keyboard.press("Enter");
  await log(second).getByText(`by hand ${run}\nsecond line`).waitFor();
  await tabTo(first, "Shift+Tab", room(first, "lobby"));
  await first.keyboard.press("ArrowDown");
  await first.keyboard.press("Enter");
  await title(first, "#dotnet");
  await first.keyboard.type(`typed without a mouse ${run}`);
  await first.keyboard.press("Enter");
  await log(first).getByText(`typed without a mouse ${run}`).waitFor();
  await room(first, "lobby").click();
});

const socketId = (page) => page.evaluate(() => window.chat.socket.id);
const drop = (page) => page.evaluate(() => window.chat.socket.io.engine.close());

await check("after a lost connection the session is recovered: the banner says so and what was missed is replayed", async () => {
  const before = await socketId(first);
  await first.context().setOffline(true);
  await drop(first);
  await status(first).filter({ hasText: "Reconnecting" }).waitFor();
  await people(second).getByText(ada).waitFor({ state: "hidden" });
  await say(second, `said meanwhile ${run}`);
  await say(second, `and again ${run}`);
  await say(first, `written offline ${run}`);
  await log(first).getByText("Waiting for the connection").waitFor();
  await first.context().setOffline(false);
  await status(first).filter({ hasText: "Recovered: 2 missed messages replayed" }).waitFor();
  const after = await socketId(first);
  expect(before === after, `the socket is another one: ${before}, then ${after}`);
  await log(first).getByText(`said meanwhile ${run}`).waitFor();
  await log(first).getByText(`and again ${run}`).waitFor();
  await log(second).getByText(`written offline ${run}`).waitFor();
  await people(second).getByText(ada).waitFor();
  expect(await log(first).getByText(`said meanwhile ${run}`).count() === 1, "the missed message is shown twice");
});

await check("a session that can't be recovered is a new one: the banner says so and the rooms are joined again", async () => {
  await first.evaluate(() => { window.chat.socket.auth.pid = "a session that nobody knows"; });
  await drop(first);
  await status(first).filter({ hasText: "New session" }).waitFor();
  await people(second).getByText(ada).waitFor();
  await say(second, `good to see you again ${run}`);
  await log(first).getByText(`good to see you again ${run}`).waitFor();
});

await check("signing out frees the name", async () => {
  await first.getByRole("button", { name: "Sign out" }).click();
  await people(second).getByText(ada).waitFor({ state: "hidden" });
  const third = await newPage();
  await signIn(third, ada);
  await third.context().close();
});

await check("where the client script can be had neither from the server nor from the CDN, the page says so", async () => {
  const page = await newPage((context) => context.route(/socket\.io(\.min)?\.js/, (route) => route.abort()));
  await page.getByRole("alert").filter({ hasText: "could not be loaded" }).waitFor();
  expect(await page.getByRole("button", { name: "Enter the chat" }).isDisabled(), "the button can still be pressed");
  await page.context().close();
});

await check("a phone's screen holds the whole page: nothing is wider, and the lists open and close", async () => {
  await second.setViewportSize({ width: 360, height: 640 });
  expect(await second.evaluate(() => document.documentElement.scrollWidth) === 360, "the page scrolls sideways");
  await second.getByRole("button", { name: "Conversations", exact: true }).click();
  await room(second, "random").click();
  await title(second, "#random");
  await room(second, "lobby").waitFor({ state: "hidden" });
  await second.getByRole("button", { name: "Show the list of people" }).click();
  await people(second).getByText(grace).waitFor();
  await second.keyboard.press("Escape");
  await people(second).waitFor({ state: "hidden" });
});

await check("no exception on the page, and nothing against its content security policy", async () => {
  expect(problems.length === 0, problems.join("\n"));
});

await browser.close();
process.exit(failures === 0 ? 0 : 1);
