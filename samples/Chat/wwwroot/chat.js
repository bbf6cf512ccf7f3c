// The chat's page: signs in, keeps the conversations and shows them. What it says to the server, and hears from it:
//
//   CONNECT     auth { name, key }               key: made for this tab, lets it take its own name back from a dead connection
//   refused     connect_error, its data          { code: "empty" | "long" | "taken" }, its message for people
//
//   client → server
//     join      room, ack                        ack { ok, error?, members: [User] }; makes the room where there is none
//     leave     room
//     message   room, text, ack                  ack { ok, error?, id, at }
//     image     room, { name, type, bytes }, ack ack { ok, error?, id, at }; bytes are binary
//     typing    room, isTyping                   volatile
//     private   toUserId, text, ack              ack { ok, error?, id, at, delivered }; delivered: the other window has acknowledged
//
//   server → client
//     welcome   { user: User, limits: { name, room, text, image } }    first event of a new session, not of a recovered one
//     rooms     [{ name, count }]                the first one is where everybody begins
//     presence  room, [User]                     to the room, whenever its members change, and after a recovery
//     message   { id, room, from: User, text, at }
//     image     { id, room, from: User, name, type, bytes, at }
//     typing    { room, from: User, isTyping }   volatile
//     private   { id, from: User, text, at }, ack → true
//
//   User is { id, name }, the id being the socket's; `at` is a time in ISO 8601. With connection state recovery on, the server
//   adds an offset to every event that is neither volatile nor has an ack; so a volatile event never ends in a string,
//   which the client would take for one.

import { byId, paintAvatar, plural } from "./dom.js";
import { loadClient } from "./client-script.js";
import { Composer } from "./composer.js";
import { Conversations } from "./conversations.js";
import { FrameView } from "./frame-view.js";
import { imageUrl, openImage } from "./images.js";
import { LogView } from "./log-view.js";
import { Outbox } from "./outbox.js";

const nicknameKey = "chat.nickname";
const tabKey = "chat.tab";

const conversations = new Conversations();
const state = { conversations, user: null };
const log = new LogView(openImage);
const frame = new FrameView({ open, openPrivate, leave, closePrivate, createRoom, signOut });
const composer = new Composer({ send, typing });
const outbox = new Outbox(() => ({ socket, live }), (entry) => log.update(entry));

let io = null;
let socket = null;
/** True between `connect` and `disconnect`. What arrives outside of that was missed and is being replayed. */
let live = false;
let missed = 0;
let lastRoom = null;
const replayedIn = new Set();

// --- Signing in and out

async function start() {
  const name = localStorage.getItem(nicknameKey) ?? "";
  byId("nickname").value = name;
  byId("nickname").addEventListener("input", previewNickname);
  previewNickname();
  byId("sign-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(byId("nickname").value.trim());
  });
  try {
    const client = await loadClient();
    io = client.io;
    if (client.fromCdn) notice("This server was built without npm and has no Socket.IO client to give; the page took it from cdn.socket.io.");
  } catch (error) {
    byId("sign-in-button").disabled = byId("nickname").disabled = true;
    byId("sign-in-error").textContent = error.message;
    return;
  }
  if (name) signIn(name);
}

function signIn(name) {
  if (!io) return;
  if (!name) {
    refused("Choose a nickname first.");
    return;
  }
  byId("sign-in-error").textContent = "";
  byId("sign-in-button").disabled = true;
  socket?.disconnect();
  socket = io({ auth: { name, key: keyOfThisTab() }, forceNew: true });
  window.chat = { socket };
  listen(name);
}

function signOut() {
  localStorage.removeItem(nicknameKey);
  socket.disconnect();
  state.user = null;
  outbox.clear();
  lastRoom = null;
  log.clear();
  conversations.clear();
  frame.closeDrawers();
  frame.render(state);
  byId("nickname").value = "";
  previewNickname();
  refused("");
}

function refused(text) {
  byId("app").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-in-button").disabled = false;
  byId("sign-in-error").textContent = text;
  byId("nickname").focus();
}

function previewNickname() {
  const name = byId("nickname").value.trim();
  paintAvatar(byId("nickname-avatar"), name || "?");
}

function keyOfThisTab() {
  const key = sessionStorage.getItem(tabKey) ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem(tabKey, key);
  return key;
}

function notice(text) {
  for (const node of [byId("client-notice"), byId("client-notice-app")]) {
    node.textContent = text;
    node.hidden = false;
  }
}

// --- The connection

function listen(name) {
  socket.on("connect", () => {
    live = true;
    if (!socket.recovered) return;
    frame.renderConnection("recovered", `Recovered: ${missed === 0 ? "no message was missed" : `${plural(missed, "missed message", "missed messages")} replayed`}.`);
    catchUp(conversations.rooms.filter((room) => room === conversations.active && !room.joined));
  });
  socket.on("disconnect", (reason) => {
    live = false;
    missed = 0;
    replayedIn.clear();
    if (reason === "io server disconnect") frame.renderConnection("ended", "The server has ended this session.", { label: "Sign in again", run: () => signIn(name) });
    else if (reason !== "io client disconnect") frame.renderConnection("reconnecting", "Connection lost. Reconnecting…", { label: "Try now", run: reconnectNow });
  });
  socket.on("connect_error", (error) => {
    if (error.data?.code) refused(error.message);
    else if (!state.user) byId("sign-in-error").textContent = "The server can't be reached. Still trying…";
  });
  socket.on("welcome", ({ user, limits }) => {
    const first = state.user === null;
    state.user = user;
    composer.limits = limits;
    localStorage.setItem(nicknameKey, user.name);
    frame.renderMe(user);
    byId("sign-in").hidden = true;
    byId("app").hidden = false;
    if (first) frame.renderConnection("connected", "Connected.");
    else resume();
  });
  socket.on("rooms", (rooms) => {
    conversations.list(rooms);
    if (conversations.active) frame.render(state);
    else open(conversations.rooms[0]);
  });
  socket.on("presence", (room, members) => {
    conversations.setMembers(room, members);
    frame.render(state);
  });
  socket.on("message", ({ room, from, text, at }) => receive(conversations.room(room), { kind: "message", from, text, at: new Date(at) }));
  socket.on("image", ({ room, from, name, type, bytes, at }) =>
    receive(conversations.room(room), { kind: "image", from, name, type, bytes, url: imageUrl({ type, bytes }), at: new Date(at) }));
  socket.on("private", ({ from, text, at }, ack) => {
    receive(conversations.privateWith(from), { kind: "message", from, text, at: new Date(at) });
    ack(true);
  });
  socket.on("typing", ({ room, from, isTyping }) => setTyping(conversations.room(room), from, isTyping));
}

/** A new session knows nothing of the last one: the rooms are joined again, and what was said meanwhile stays unknown. */
function resume() {
  frame.renderConnection("new", "New session: what was said while you were away is not shown.");
  catchUp(conversations.rooms.filter((room) => room.joined || room === conversations.active));
}

async function catchUp(rooms) {
  await Promise.all(rooms.map((room) => join(room)));
  outbox.flush();
}

function reconnectNow() {
  if (live || !socket) return;
  socket.disconnect().connect();
}

// --- Conversations

async function open(conversation) {
  if (conversations.active) log.unmark(conversations.active);
  conversations.active = conversation;
  conversation.unread = 0;
  if (conversation.isRoom) lastRoom = conversation;
  log.show(conversation);
  composer.show(conversation);
  frame.render(state);
  // Not on a touch screen, where its keyboard would cover half of the page.
  if (!matchMedia("(pointer: coarse)").matches) composer.focus();
  if (!conversation.isRoom || conversation.joined || !live) return;
  const error = await join(conversation);
  if (error) frame.renderConnection("new", error);
}

function openPrivate(user) {
  open(conversations.privateWith(user));
}

function closePrivate() {
  open(lastRoom);
}

function leave() {
  const room = conversations.active;
  socket.emit("leave", room.name);
  conversations.forget(room);
  open(conversations.rooms[0]);
  log.forget(room);
}

async function createRoom(name) {
  const error = await join({ name });
  if (!error) open(conversations.room(name));
  return error;
}

async function join({ name }) {
  const answer = await outbox.ask("join", name);
  if (!answer.ok) return answer.error;
  conversations.room(name).joined = true;
  conversations.setMembers(name, answer.members);
  frame.render(state);
  return null;
}

function receive(conversation, entry) {
  setTyping(conversation, entry.from, false);
  if (!live) {
    missed++;
    if (!replayedIn.has(conversation)) log.mark(conversation, "While you were away");
    replayedIn.add(conversation);
  }
  if (conversation !== conversations.active || document.hidden) {
    if (conversation.unread++ === 0 && !log.isMarked(conversation)) log.mark(conversation, "New");
  }
  log.append(conversation, entry);
  frame.render(state);
}

function setTyping(conversation, user, isTyping) {
  conversation.setTyping(user.name, isTyping, () => conversation === conversations.active && frame.renderTyping(conversation));
}

// --- Sending

function send(conversation, text, images) {
  log.unmark(conversation);
  const common = { from: state.user, mine: true };
  const entries = images.map((image) => ({ ...common, kind: "image", ...image, url: imageUrl(image), at: new Date() }));
  if (text) entries.push({ ...common, kind: "message", text, at: new Date() });
  for (const entry of entries) {
    log.append(conversation, entry);
    outbox.deliver(conversation, entry);
  }
}

function typing(conversation, isTyping) {
  if (live && conversation.joined) socket.volatile.emit("typing", conversation.name, isTyping);
}

// --- The window

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || byId("lightbox").open || byId("app").hidden) return;
  if (!frame.closeDrawers() && conversations.active && !conversations.active.isRoom) closePrivate();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !conversations.active) return;
  conversations.active.unread = 0;
  frame.render(state);
});
window.addEventListener("online", reconnectNow);

start();
