// Gets what this person writes to the server: shows how far it has come, and holds it back while there is no connection.

const answerWithin = 10_000;
const imageAnswerWithin = 60_000;
const slowAfter = 700;

export class Outbox {
  #waiting = [];
  #connection;
  #changed;

  /** `connection()` gives `{ socket, live }`; `changed(entry)` is called whenever an entry's status has changed. */
  constructor(connection, changed) {
    this.#connection = connection;
    this.#changed = changed;
  }

  /** Asks the server: its answer, or `{ ok: false, error }` where none came. */
  async ask(event, ...args) {
    const within = event === "image" ? imageAnswerWithin : answerWithin;
    try {
      return await this.#connection().socket.timeout(within).emitWithAck(event, ...args);
    } catch {
      return { ok: false, error: this.#connection().live ? "The server has not answered." : "The connection was lost before it was confirmed." };
    }
  }

  async deliver(conversation, entry) {
    entry.retry = () => this.deliver(conversation, entry);
    if (!this.#connection().live) {
      this.#waiting.push({ conversation, entry });
      this.#set(entry, "waiting");
      return;
    }
    this.#set(entry, "sending");
    const slow = setTimeout(() => this.#set(entry, "slow"), slowAfter);
    const answer = await this.#post(conversation, entry);
    clearTimeout(slow);
    entry.error = answer.error;
    if (!answer.ok) this.#set(entry, "failed");
    else if (conversation.isRoom) this.#set(entry, "sent");
    else this.#set(entry, answer.delivered ? "delivered" : "undelivered");
  }

  /** Sends what has waited for the connection, in the order in which it was written. */
  flush() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { conversation, entry } of waiting) this.deliver(conversation, entry);
  }

  clear() {
    this.#waiting = [];
  }

  #post(conversation, entry) {
    if (!conversation.isRoom) return this.ask("private", conversation.peerId, entry.text);
    if (entry.kind === "message") return this.ask("message", conversation.name, entry.text);
    const { name, type, bytes } = entry;
    return this.ask("image", conversation.name, { name, type, bytes });
  }

  #set(entry, status) {
    entry.status = status;
    this.#changed(entry);
  }
}
