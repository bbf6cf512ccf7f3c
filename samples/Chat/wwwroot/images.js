// Images are bytes on the wire and blob: URLs on the page. Only what is on this list becomes one: an SVG can hold scripts.

import { byId, sizeName } from "./dom.js";

export const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/** A URL for the bytes, to be revoked when the image is gone; null for a type that is not shown. */
export function imageUrl({ type, bytes }) {
  return imageTypes.includes(type) ? URL.createObjectURL(new Blob([bytes], { type })) : null;
}

const lightbox = byId("lightbox");

/** Shows one image of the log large. */
export function openImage(entry) {
  byId("lightbox-image").src = byId("lightbox-download").href = entry.url;
  byId("lightbox-image").alt = `${entry.name}, shared by ${entry.from.name}`;
  byId("lightbox-caption").textContent = `${entry.name} · ${sizeName(entry.bytes.byteLength)} · ${entry.from.name}`;
  byId("lightbox-download").download = entry.name;
  lightbox.showModal();
}

lightbox.addEventListener("click", (event) => event.target === lightbox && lightbox.close());
