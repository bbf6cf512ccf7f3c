// Small helpers for building the page. Everything that comes from a user passes through `element`, which only ever makes
// text nodes and plain attributes: there is no innerHTML in this program.

const svgNamespace = "http://www.w3.org/2000/svg";
const avatarColours = 10;

export const byId = (id) => document.getElementById(id);

/** Makes an element; attributes that are null or false are left out, `onclick` and the like become listeners. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An icon of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS(svgNamespace, "svg");
  const use = document.createElementNS(svgNamespace, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Paints a name's initials and its own colour, always the same for the same name. */
export function paintAvatar(node, name) {
  const words = name.trim().split(/[\s_.-]+/u).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  node.textContent = letters.map((word) => Array.from(word)[0].toLocaleUpperCase()).join("");
  node.dataset.colour = colourOf(name);
  return node;
}

export const avatar = (name) => paintAvatar(element("span", { class: "avatar", "aria-hidden": "true" }), name);

function colourOf(name) {
  let hash = 2166136261;
  for (const character of name.toLocaleLowerCase()) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return (hash >>> 0) % avatarColours;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeElement = (date) =>
  element("time", { datetime: date.toISOString(), title: fullDate.format(date) }, clock.format(date));

export function dayName(date) {
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Today";
  return date.toDateString() === yesterday.toDateString() ? "Yesterday" : longDay.format(date);
}

export function sizeName(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

/**
 * Brings the children of a list in line with its items. A child is kept for as long as its key is there, so that the
 * keyboard's focus survives an update.
 */
export function syncList(list, items, keyOf, create, update) {
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let next = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    if (child) known.delete(key);
    else {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === next) next = next.nextElementSibling;
    else list.insertBefore(child, next);
  }
  for (const child of known.values()) child.remove();
  rove(list);
}

/** One tab stop for a whole list of buttons: arrow keys, Home and End move within it. */
export function rovingFocus(list) {
  list.addEventListener("focusin", (event) => rove(list, event.target.closest("button")));
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  });
}

function rove(list, chosen = null) {
  const buttons = [...list.querySelectorAll("button")];
  const stop = chosen
    ?? buttons.find((button) => button === document.activeElement)
    ?? buttons.find((button) => button.hasAttribute("aria-current"))
    ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
}
