// What stands around the log: the lists of rooms, private messages and people, the title, the state of the connection,
// and on narrow screens the drawers that hold the lists.

import { avatar, byId, element, icon, paintAvatar, plural, rovingFocus, syncList } from "./dom.js";

const stripFor = 10_000;

export class FrameView {
  #rooms = byId("rooms");
  #privates = byId("privates");
  #members = byId("members");
  #strip = byId("strip");
  #status = byId("status");
  #stripAction = byId("strip-action");
  #stripTimer = 0;
  #actions;
  #wide = matchMedia("(min-width: 68rem)");

  /** `actions`: open(conversation), openPrivate(user), leave(), closePrivate(), createRoom(name) → error or null, signOut(). */
  constructor(actions) {
    this.#actions = actions;
    for (const list of [this.#rooms, this.#privates, this.#members]) rovingFocus(list);
    byId("leave").addEventListener("click", () => actions.leave());
    byId("close-private").addEventListener("click", () => actions.closePrivate());
    byId("sign-out").addEventListener("click", () => actions.signOut());
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      byId("message").focus();
    });
    this.#newRoom();
    this.#drawers();
  }

  render({ conversations, user }) {
    const { active } = conversations;
    syncList(this.#rooms, conversations.rooms, (one) => one.key, () => this.#conversationItem(), (item, one) => this.#updateItem(item, one, active));
    syncList(this.#privates, conversations.privates, (one) => one.key, () => this.#conversationItem(), (item, one) => this.#updateItem(item, one, active));
    byId("privates-section").hidden = conversations.privates.length === 0;
    byId("sidebar-unread").hidden = conversations.unread === 0;
    document.title = `${conversations.unread > 0 ? `(${conversations.unread}) ` : ""}${active ? `${active.title} · ` : ""}Chat`;
    if (active) this.#renderActive(conversations, active, user);
  }

  renderMe(user) {
    paintAvatar(byId("me-avatar"), user.name);
    byId("me-name").textContent = user.name;
  }

  renderTyping(conversation) {
    const names = [...conversation.typists.keys()];
    const text = names.length > 2 ? "Several people are typing" : `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing`;
    byId("typing").replaceChildren(...(names.length === 0 ? [] : [element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i")), `${text}…`]));
  }

  /** The state of the connection: `kind` is connected, reconnecting, recovered, new or ended. A good one fades by itself. */
  renderConnection(kind, text, action = null) {
    clearTimeout(this.#stripTimer);
    this.#strip.dataset.kind = kind;
    this.#strip.classList.add("shown");
    this.#status.textContent = text;
    this.#stripAction.hidden = action === null;
    this.#stripAction.textContent = action?.label ?? "";
    this.#stripAction.onclick = action?.run ?? null;
    const online = !["reconnecting", "ended"].includes(kind);
    byId("me-state").textContent = online ? "Connected" : kind === "ended" ? "Disconnected" : "Reconnecting…";
    byId("me-state").dataset.online = online;
    if (online) this.#stripTimer = setTimeout(() => this.#strip.classList.remove("shown"), kind === "connected" ? 2500 : stripFor);
  }

  /** Closes what lies over the conversation on a narrow screen; says whether there was anything to close. */
  closeDrawers() {
    const open = byId("app").matches(".sidebar-shown") || (!this.#wide.matches && byId("app").matches(".people-shown"));
    this.#toggleSidebar(false);
    if (!this.#wide.matches) this.#togglePeople(false);
    return open;
  }

  #conversationItem() {
    return element("li", {}, element("button", { type: "button", class: "row" }));
  }

  #updateItem(item, conversation, active) {
    const button = item.firstElementChild;
    const here = conversation === active;
    button.onclick = () => {
      this.closeDrawers();
      this.#actions.open(conversation);
    };
    button.classList.toggle("unread", conversation.unread > 0);
    button.classList.toggle("outside", conversation.isRoom && !conversation.joined);
    if (here) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
    button.replaceChildren(...[
      conversation.isRoom ? element("span", { class: "hash", "aria-hidden": "true" }, "#") : avatar(conversation.name),
      element("span", { class: "row-name" }, conversation.name),
      conversation.unread > 0
        ? element("span", { class: "badge" }, conversation.unread > 99 ? "99+" : String(conversation.unread), element("span", { class: "visually-hidden" }, " unread"))
        : null,
      conversation.isRoom && conversation.unread === 0 && conversation.count > 0
        ? element("span", { class: "row-count" }, String(conversation.count), element("span", { class: "visually-hidden" }, ` ${conversation.count === 1 ? "person" : "people"}`))
        : null,
    ].filter(Boolean));
  }

  #renderActive(conversations, active, user) {
    byId("title").textContent = active.title;
    byId("subtitle").textContent = active.isRoom
      ? plural(active.members.length, "person", "people")
      : conversations.idOf(active.name) ? "Private message" : "Private message · not in your rooms right now";
    byId("leave").hidden = !active.isRoom || active === conversations.rooms[0];
    byId("leave").setAttribute("aria-label", `Leave ${active.title}`);
    byId("close-private").hidden = active.isRoom;
    byId("people-toggle").hidden = !active.isRoom;
    byId("people-count").textContent = active.members.length;
    byId("app").classList.toggle("no-people", !active.isRoom);
    const members = [...active.members].sort((a, b) => (b.id === user.id) - (a.id === user.id) || a.name.localeCompare(b.name));
    syncList(this.#members, active.isRoom ? members : [], (member) => member.id, (member) => this.#memberItem(member, user), () => {});
    this.renderTyping(active);
  }

  #memberItem(member, user) {
    const name = element("span", { class: "row-name" }, member.name);
    if (member.id === user.id) return element("li", {}, element("span", { class: "row self" }, avatar(member.name), name, element("span", { class: "you" }, "you")));
    return element("li", {}, element("button", {
      type: "button", class: "row", title: `Write to ${member.name} privately`,
      onclick: () => {
        this.closeDrawers();
        this.#actions.openPrivate(member);
      },
    }, avatar(member.name), name));
  }

  #newRoom() {
    const [button, form, box, error] = ["new-room", "new-room-form", "new-room-name", "new-room-error"].map(byId);
    const toggle = (shown) => {
      form.hidden = !shown;
      button.setAttribute("aria-expanded", shown);
      error.textContent = "";
      box.value = "";
      (shown ? box : button).focus();
    };
    button.addEventListener("click", () => toggle(form.hidden));
    box.addEventListener("input", () => { error.textContent = ""; });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      toggle(false);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const name = box.value.trim().replace(/^#/u, "").replace(/\s+/gu, "-").toLocaleLowerCase();
      const refusal = name ? await this.#actions.createRoom(name) : "Give the room a name.";
      if (refusal) {
        error.textContent = refusal;
        return;
      }
      toggle(false);
      this.closeDrawers();
      byId("message").focus();
    });
  }

  #drawers() {
    byId("sidebar-open").addEventListener("click", () => this.#toggleSidebar(true));
    byId("sidebar-close").addEventListener("click", () => this.#toggleSidebar(false));
    byId("people-toggle").addEventListener("click", () => this.#togglePeople(!byId("app").matches(".people-shown")));
    byId("people-close").addEventListener("click", () => this.#togglePeople(false));
    byId("backdrop").addEventListener("click", () => this.closeDrawers());
    this.#wide.addEventListener("change", () => this.#togglePeople(this.#wide.matches));
    this.#togglePeople(this.#wide.matches);
  }

  #toggleSidebar(shown) {
    this.#toggle("sidebar", shown, byId("sidebar-open"), this.#rooms);
  }

  #togglePeople(shown) {
    byId("people-toggle").setAttribute("aria-label", shown ? "Hide the list of people" : "Show the list of people");
    this.#toggle("people", shown, byId("people-toggle"), this.#wide.matches ? null : byId("people"));
  }

  #toggle(name, shown, opener, target) {
    const was = byId("app").matches(`.${name}-shown`);
    const inside = byId(name).contains(document.activeElement);
    byId("app").classList.toggle(`${name}-shown`, shown);
    opener.setAttribute("aria-expanded", shown);
    if (shown && !was) target?.querySelector("button:not([tabindex='-1'])")?.focus();
    if (!shown && was && inside) opener.focus();
  }
}
