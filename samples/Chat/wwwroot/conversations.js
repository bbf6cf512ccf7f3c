// What this window knows: its conversations (rooms and private ones), kept here and nowhere else. A private conversation
// is known by the other person's name, because an id lasts only as long as a session.

export class Conversation {
  members = [];
  joined = false;
  count = 0;
  unread = 0;
  peerId = null;
  draft = "";
  attachments = [];
  typists = new Map();

  constructor(kind, name) {
    this.kind = kind;
    this.name = name;
    this.key = `${kind}:${name}`;
  }

  get isRoom() {
    return this.kind === "room";
  }

  get title() {
    return this.isRoom ? `#${this.name}` : this.name;
  }

  /** Notes that someone types or has stopped; `changed` is called again if the notice runs out by itself. */
  setTyping(name, isTyping, changed) {
    clearTimeout(this.typists.get(name));
    this.typists.delete(name);
    if (isTyping) {
      this.typists.set(name, setTimeout(() => {
        this.typists.delete(name);
        changed();
      }, 6000));
    }
    changed();
  }
}

export class Conversations {
  #all = new Map();
  #roomOrder = [];
  active = null;

  room(name) {
    return this.#find("room", name);
  }

  privateWith(user) {
    const conversation = this.#find("private", user.name);
    conversation.peerId = user.id;
    return conversation;
  }

  get rooms() {
    const order = (room) => this.#roomOrder.indexOf(room.name);
    return [...this.#all.values()]
      .filter((one) => one.isRoom && (one.joined || order(one) >= 0))
      .sort((a, b) => (order(a) >>> 0) - (order(b) >>> 0) || a.name.localeCompare(b.name));
  }

  get privates() {
    return [...this.#all.values()].filter((one) => !one.isRoom);
  }

  get joined() {
    return this.rooms.filter((room) => room.joined);
  }

  get unread() {
    return [...this.#all.values()].reduce((sum, one) => sum + one.unread, 0);
  }

  /** Takes the server's list of rooms: `[{ name, count }]`. */
  list(rooms) {
    this.#roomOrder = rooms.map((room) => room.name);
    for (const { name, count } of rooms) this.room(name).count = count;
  }

  setMembers(roomName, members) {
    this.room(roomName).members = members;
    for (const one of this.privates) one.peerId = this.idOf(one.name) ?? one.peerId;
  }

  /** The id of a person who is in one of this window's rooms, or undefined. */
  idOf(name) {
    return this.joined.flatMap((room) => room.members).find((user) => user.name === name)?.id;
  }

  forget(conversation) {
    this.#all.delete(conversation.key);
  }

  clear() {
    this.#all.clear();
    this.#roomOrder = [];
    this.active = null;
  }

  #find(kind, name) {
    const key = `${kind}:${name}`;
    if (!this.#all.has(key)) this.#all.set(key, new Conversation(kind, name));
    return this.#all.get(key);
  }
}
