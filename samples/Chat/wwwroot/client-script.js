// The Socket.IO client comes from the server itself. A server that was built without npm has none to give; then it is
// taken from the project's public CDN, and the page says so.

const own = { src: "/socket.io/socket.io.min.js" };
const cdn = {
  src: "https://cdn.socket.io/4.8.3/socket.io.min.js",
  integrity: "sha384-kzavj5fiMwLKzzD1f8S7TeoVIEi7uKHvbTA3ueZkrzYq75pNQUiUi6Dy98Q3fxb0",
  crossOrigin: "anonymous",
};

/** Loads the client: `{ io, fromCdn }`. Throws an error that can be shown where neither place has it. */
export async function loadClient() {
  if (await load(own)) return { io: window.io, fromCdn: false };
  if (await load(cdn)) return { io: window.io, fromCdn: true };
  throw new Error(`The Socket.IO client could not be loaded, neither from this server (${own.src}) nor from ${new URL(cdn.src).host}. `
    + "Build the server where npm is installed, or open this page with a connection to the Internet, and reload it.");
}

function load(attributes) {
  return new Promise((resolve) => {
    const script = Object.assign(document.createElement("script"), attributes);
    script.addEventListener("load", () => resolve(typeof window.io === "function"));
    script.addEventListener("error", () => {
      script.remove();
      resolve(false);
    });
    document.head.append(script);
  });
}
