// The message box: text, images by picker, drop and paste, a draft per conversation, and the typing notice.

import { byId, element, icon, sizeName } from "./dom.js";
import { imageTypes, imageUrl } from "./images.js";

const typingRepeat = 2500;

export class Composer {
  limits = { text: 2000, image: 1_000_000 };
  #box = byId("message");
  #file = byId("file");
  #attach = byId("attach");
  #tray = byId("attachments");
  #error = byId("composer-error");
  #count = byId("composer-count");
  #drop = byId("drop");
  #conversation = null;
  #typingSince = 0;
  #typingTimer = 0;
  #actions;

  /** `actions`: send(conversation, text, images), typing(conversation, isTyping). */
  constructor(actions) {
    this.#actions = actions;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("blur", () => this.#stopTyping());
    this.#box.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    this.#attach.addEventListener("click", () => this.#file.click());
    this.#file.addEventListener("change", () => {
      this.#add(this.#file.files);
      this.#file.value = "";
      this.focus();
    });
    this.#watchDrops(byId("conversation"));
  }

  /** Moves to another conversation: what was begun in the last one stays there. */
  show(conversation) {
    this.#stopTyping();
    if (this.#conversation) this.#conversation.draft = this.#box.value;
    this.#conversation = conversation;
    this.#box.value = conversation.draft;
    this.#box.placeholder = `Message ${conversation.title}`;
    this.#attach.hidden = !conversation.isRoom;
    this.#say("");
    this.#renderTray();
    this.#fit();
  }

  focus() {
    this.#box.focus();
  }

  #send() {
    const text = this.#box.value.trim();
    const images = this.#conversation.attachments;
    if (text.length > this.limits.text) {
      this.#say(`A message has at most ${this.limits.text} characters; this one has ${text.length}.`);
      return;
    }
    if (!text && images.length === 0) return;
    this.#stopTyping();
    this.#box.value = this.#conversation.draft = "";
    this.#conversation.attachments = [];
    this.#say("");
    this.#renderTray();
    this.#fit();
    this.#actions.send(this.#conversation, text, images);
  }

  #changed() {
    this.#fit();
    this.#say("");
    if (!this.#box.value.trim()) {
      this.#stopTyping();
      return;
    }
    const now = Date.now();
    if (now - this.#typingSince > typingRepeat) {
      this.#typingSince = now;
      this.#actions.typing(this.#conversation, true);
    }
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#stopTyping(), 2 * typingRepeat);
  }

  #stopTyping() {
    clearTimeout(this.#typingTimer);
    if (this.#typingSince === 0) return;
    this.#typingSince = 0;
    this.#actions.typing(this.#conversation, false);
  }

  #fit() {
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
    const left = this.limits.text - this.#box.value.trim().length;
    this.#count.hidden = left > 100;
    this.#count.classList.toggle("over", left < 0);
    this.#count.textContent = left < 0 ? `${-left} too many` : `${left} left`;
  }

  #take(event, transfer) {
    if (transfer.files.length === 0) return;
    event.preventDefault();
    if (!this.#conversation.isRoom) this.#say("Images can be shared in rooms only.");
    else this.#add(transfer.files);
  }

  async #add(files) {
    const conversation = this.#conversation;
    const refused = [];
    for (const file of files) {
      if (!imageTypes.includes(file.type)) refused.push(`“${file.name}” is not a PNG, JPEG, GIF, WebP or AVIF image.`);
      else if (file.size > this.limits.image) refused.push(`“${file.name}” has ${sizeName(file.size)}; an image may have ${sizeName(this.limits.image)}.`);
      else conversation.attachments.push({ name: file.name || "image", type: file.type, bytes: await file.arrayBuffer() });
    }
    if (conversation !== this.#conversation) return;
    this.#say(refused.join(" "));
    this.#renderTray();
  }

  #renderTray() {
    for (const image of this.#tray.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.#tray.replaceChildren(...this.#conversation.attachments.map((image) => element("li", {},
      element("img", { src: imageUrl(image), alt: "" }),
      element("span", {}, element("b", {}, image.name), sizeName(image.bytes.byteLength)),
      element("button", { type: "button", class: "icon-button", "aria-label": `Remove ${image.name}`, onclick: () => this.#remove(image) }, icon("close")))));
  }

  #remove(image) {
    this.#conversation.attachments = this.#conversation.attachments.filter((one) => one !== image);
    this.#renderTray();
    this.focus();
  }

  #watchDrops(area) {
    let depth = 0;
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = (visible) => {
      this.#drop.hidden = !visible;
      this.#drop.lastElementChild.textContent = this.#conversation?.isRoom
        ? `Drop to share in ${this.#conversation.title}` : "Images can be shared in rooms only";
    };
    area.addEventListener("dragenter", (event) => holdsFiles(event) && ++depth === 1 && show(true));
    area.addEventListener("dragleave", (event) => holdsFiles(event) && --depth === 0 && show(false));
    area.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
    area.addEventListener("drop", (event) => {
      depth = 0;
      show(false);
      this.#take(event, event.dataTransfer);
      this.focus();
    });
  }

  #say(text) {
    this.#error.textContent = text;
  }
}
