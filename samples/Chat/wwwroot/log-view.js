// The log: one list per conversation, messages of one person grouped, a line between days and before what is new.

import { avatar, byId, dayName, element, icon, plural, timeElement } from "./dom.js";

const groupFor = 5 * 60_000;
const longest = 500;

export class LogView {
  #log = byId("log");
  #jump = byId("jump");
  #lists = new Map();
  #shown = null;
  #below = 0;
  /** Whether the reader is at the end, and so follows what is new. */
  #following = true;
  #openImage;

  constructor(openImage) {
    this.#openImage = openImage;
    this.#log.addEventListener("scroll", () => {
      this.#following = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
      if (this.#following) this.#showJump(0);
    }, { passive: true });
    this.#jump.addEventListener("click", () => {
      this.#toEnd();
      this.#log.focus();
    });
    new ResizeObserver(() => this.#follow()).observe(this.#log);
  }

  /** Shows a conversation. What it already holds is not read out again: the live region is off while it changes. */
  show(conversation) {
    const { list } = this.#find(conversation);
    this.#shown = conversation;
    this.#log.setAttribute("aria-live", "off");
    this.#log.setAttribute("aria-label", `Messages in ${conversation.title}`);
    this.#log.replaceChildren(list);
    this.#toEnd();
    setTimeout(() => this.#log.setAttribute("aria-live", "polite"), 100);
  }

  /** Adds an entry: `{ kind: "message" | "image", from, at, mine, text | name, url, status }`. */
  append(conversation, entry) {
    const state = this.#find(conversation);
    const previous = state.last;
    const newDay = previous?.at.toDateString() !== entry.at.toDateString();
    if (newDay) state.list.append(divider(dayName(entry.at), "day"));
    const grouped = !newDay && !state.list.lastElementChild.matches(".divider")
      && previous.from.name === entry.from.name && entry.at - previous.at < groupFor;
    entry.node = this.#render(entry, grouped);
    state.list.append(entry.node);
    state.last = entry;
    state.entries.push(entry);
    if (state.entries.length > longest) discard(state.entries.shift());
    if (conversation !== this.#shown) return;
    if (entry.mine || this.#following) this.#toEnd();
    else this.#showJump(this.#below + 1);
  }

  /** Shows an entry's changed status. */
  update(entry) {
    const node = entry.node.querySelector(".status");
    entry.node.dataset.status = entry.status;
    node.replaceChildren(...statusOf(entry));
    node.hidden = node.childNodes.length === 0;
    this.#follow();
  }

  /** A line that says what follows is new; a conversation has one at most. */
  mark(conversation, text) {
    this.unmark(conversation);
    const state = this.#find(conversation);
    state.mark = divider(text, "new");
    state.list.append(state.mark);
  }

  unmark(conversation) {
    const state = this.#find(conversation);
    state.mark?.remove();
    state.mark = null;
  }

  isMarked(conversation) {
    return this.#find(conversation).mark !== null;
  }

  forget(conversation) {
    this.#lists.get(conversation.key)?.entries.forEach(discard);
    this.#lists.delete(conversation.key);
  }

  clear() {
    for (const { entries } of this.#lists.values()) entries.forEach(discard);
    this.#lists.clear();
    this.#log.replaceChildren();
    this.#shown = null;
  }

  #find(conversation) {
    if (!this.#lists.has(conversation.key)) {
      const list = element("ol", { class: "entries" }, emptyState(conversation));
      this.#lists.set(conversation.key, { list, entries: [], last: null, mark: null });
    }
    return this.#lists.get(conversation.key);
  }

  #render(entry, grouped) {
    const author = element("strong", { class: "author" }, entry.from.name);
    const byline = element("p", { class: "byline" }, author, entry.mine ? element("span", { class: "you" }, "you") : null, timeElement(entry.at));
    const content = entry.kind === "image" ? this.#picture(entry) : element("p", { class: "text" }, entry.text);
    const status = element("p", { class: "status" });
    const node = element("li", { class: grouped ? "entry grouped" : "entry" },
      grouped ? null : avatar(entry.from.name), byline, content, status);
    if (entry.mine) node.classList.add("mine");
    node.dataset.status = entry.status ?? "";
    status.append(...statusOf(entry));
    status.hidden = status.childNodes.length === 0;
    return node;
  }

  #picture(entry) {
    if (!entry.url) return element("p", { class: "text unseen" }, `${entry.name} is not a picture that this chat shows.`);
    const image = element("img", { src: entry.url, alt: `${entry.name}, shared by ${entry.from.name}` });
    image.addEventListener("load", () => this.#follow());
    image.addEventListener("error", () => image.closest("button")?.replaceWith(
      element("p", { class: "text unseen" }, `${entry.name} is damaged and can't be shown.`)));
    return element("button", { type: "button", class: "picture", title: "Open the image", onclick: () => this.#openImage(entry) }, image);
  }

  #follow() {
    if (this.#following) this.#toEnd();
  }

  #toEnd() {
    this.#following = true;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#showJump(0);
  }

  #showJump(count) {
    this.#below = count;
    this.#jump.hidden = count === 0;
    this.#jump.lastElementChild.textContent = plural(count, "new message", "new messages");
  }
}

function statusOf(entry) {
  const again = () => element("button", { type: "button", class: "link", onclick: entry.retry }, "Try again");
  switch (entry.status) {
    case "waiting": return ["Waiting for the connection"];
    case "slow": return ["Sending…"];
    case "delivered": return [icon("delivered"), "Delivered"];
    case "undelivered": return ["Sent, but not confirmed by the other side. ", again()];
    case "failed": return [`Not sent: ${entry.error} `, again()];
    default: return [];
  }
}

function emptyState(conversation) {
  const text = conversation.isRoom
    ? "Your view of this room begins here: the server keeps no history."
    : "Only the two of you see this conversation. A tick shows that a message has arrived in the other window.";
  return element("li", { class: "beginning" }, element("strong", {}, conversation.isRoom ? `Welcome to ${conversation.title}` : `You and ${conversation.name}`), text);
}

const divider = (text, kind) => element("li", { class: `divider ${kind}` }, element("span", {}, text));

function discard(entry) {
  if (entry.url) URL.revokeObjectURL(entry.url);
  entry.node?.remove();
}
