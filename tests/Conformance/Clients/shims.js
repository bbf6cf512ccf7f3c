// What browsers of 2010 had and Chromium has not, as far as the old clients use it: ActiveX's htmlfile, multipart answers, Flash's WebSocket.
(() => {
  /** Internet Explorer's document without a window: here that of a frame. */
  globalThis.ActiveXObject = function () {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.contentDocument.parentWindow = frame.contentWindow;
    return frame.contentDocument;
  };
  globalThis.CollectGarbage = () => {};
  globalThis.attachEvent = (event, listener) => addEventListener(event.slice(2), listener);

  /** Gecko's multipart answers: each part is told as if it were an answer of its own. */
  const BOUNDARY = "--socketio\n";
  const Original = XMLHttpRequest;
  globalThis.XMLHttpRequest = class extends Original {
    multipart = false;
    #part = null;
    #state = null;

    get responseText() { return this.#part ?? super.responseText; }
    get readyState() { return this.#state ?? super.readyState; }

    send(body) {
      if (this.multipart) {
        let at = BOUNDARY.length;
        const tell = this.onreadystatechange;
        this.onreadystatechange = null;
        this.addEventListener("progress", () => {
          const text = super.responseText;
          for (let end; (end = text.indexOf(`\n${BOUNDARY}`, at)) >= 0; at = end + 1 + BOUNDARY.length) {
            this.#part = text.slice(at, end).replace(/^[^]*?\n\n/, "");
            // Clients up to 0.6.1 read a part in the third state, later ones in the fourth.
            for (this.#state of [3, 4]) {
              tell.call(this);
            }
          }
        });
      }
      super.send(body);
    }
  };
  XMLHttpRequest.prototype.multipart = false;

  /** Flash's WebSocket is the browser's own; the address is what Flash would have asked for. */
  globalThis.withFlash = (io) => {
    Object.assign(WebSocket, { __addTask: (task) => task(), __tasks: [] });
    // By these tasks the clients tell whether it is Flash's.
    io.Transport.websocket.check = io.Transport.flashsocket.check = () => true;
    io.Transport.flashsocket.prototype.ready = function (socket, done) { done.call(this); };
  };
})();
