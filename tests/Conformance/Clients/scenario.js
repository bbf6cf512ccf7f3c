// What every client can do is done, step by step, by its own means; a plain script like actors.js.
(() => {
  const PATIENCE = 20_000;
  const TEXT = 'é ☃ 😀 "q" \\n &=%+/ ~m~ </script>';
  const VALUES = [null, true, 1.5, "☃😀", { a: [{ b: {} }] }, []];

  const within = (promise, what) => Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE} ms`)), PATIENCE)),
  ]);

  const next = (actor, event) => within(new Promise((resolve) => {
    let done = false;
    actor.on(event, (...args) => {
      if (!done) {
        done = true;
        resolve(args);
      }
    });
  }), `"${event}"`);

  const pause = () => new Promise((resolve) => setTimeout(resolve, 250));

  const bytesOf = (value) => {
    const isBytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
    return isBytes ? { bytes: Array.from(new Uint8Array(value.buffer ? value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) : value)) }
      : Array.isArray(value) ? value.map(bytesOf)
      : value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bytesOf(inner)]))
      : value;
  };

  const same = (actual, expected) => {
    const [was, wanted] = [JSON.stringify(bytesOf(actual)), JSON.stringify(bytesOf(expected))];
    if (was !== wanted) {
      throw new Error(`got ${was}, expected ${wanted}`);
    }
  };

  /** A step of the scenario is a check with a name; what it needs of the client decides whether it is in. */
  const steps = {
    "connects": async (actor, { transport }) => {
      await next(actor, "connect");
      if (transport === "upgrade") {
        await within(actor.upgraded(), "upgrade");
      }
      same(actor.transport(), { upgrade: "websocket", jsonp: "polling" }[transport] ?? transport);
    },
    "message": async (actor) => {
      const echoed = next(actor, "message");
      actor.send(TEXT);
      same((await echoed)[0], TEXT);
    },
    "many messages in order": async (actor, { has }) => {
      const received = [];
      const all = within(new Promise((resolve) => actor.on("message", (text) => received.push(text) === 50 && resolve())), "fiftieth message");
      const sent = Array.from({ length: 50 }, (_, i) => `message ${i}`);
      sent.forEach((text) => actor.send(text));
      await all;
      // The oldest clients do not wait for one POST before the next.
      same(has.order ? received : received.sort(), has.order ? sent : sent.sort());
    },
    "object": async (actor, { has }) => {
      if (has.json) {
        const echoed = next(actor, "message");
        actor.json({ a: 1, s: "☃" });
        same((await echoed)[0], { a: 1, s: "☃" });
      }
    },
    "event": async (actor) => {
      const echoed = next(actor, "echo");
      actor.emit("echo", ...VALUES);
      same(await echoed, VALUES);
    },
    "ack of the server": async (actor, { has }) => {
      if (has.acks) {
        same(await within(actor.ask("sum", 1, 41), "answer"), [42]);
      }
    },
    "ack of the client": async (actor, { has }) => {
      if (has.acks) {
        actor.on("question", (a, b, ack) => ack(b, a));
        const answered = next(actor, "answered");
        actor.emit("ask", "a", { b: 1 });
        same(await answered, [{ b: 1 }, "a"]);
      }
    },
    "namespace": async (actor, { has }) => {
      if (has.acks) {
        const chat = actor.namespace("/chat");
        await next(chat, "connect");
        const echoed = next(chat, "message");
        chat.send(TEXT);
        same((await echoed)[0], TEXT);
        same(await within(chat.ask("nsp"), "answer"), ["/chat"]);
      }
    },
    "refused namespace": async (actor, { has }) => {
      if (has.acks) {
        const refused = actor.namespace("/secret");
        await within(new Promise((resolve) => ["error", "connect_error", "connect_failed"].forEach((event) => refused.on(event, resolve))), "refusal");
        same(await within(actor.ask("sum", 1, 1), "answer"), [2]);
      }
    },
    "binary": async (actor, { has, runtime }) => {
      if (has.binary?.includes(runtime)) {
        const values = [new Uint8Array([0, 128, 255]).buffer, { nested: [new Uint8Array([1, 2, 3]).buffer] }];
        const echoed = next(actor, "echo-binary");
        actor.emit("echo-binary", ...values);
        same(await echoed, values);
        same(await within(actor.ask("measure", values[0]), "answer"), [3, 383]);
      }
    },
    "disconnect by the client": async (actor, { open }) => {
      const other = open();
      await next(other, "connect");
      const left = next(actor, "message");
      actor.send("/watch");
      same((await left)[0], "watching");
      const gone = next(actor, "message");
      try {
        other.disconnect();
      } catch {
        // Clients up to 0.5 stumble over it when they poll; they have gone all the same.
      }
      same((await gone)[0], "somebody has left");
    },
    "disconnect by the server": async (actor, { open, has, isDeaf }) => {
      const other = open();
      await next(other, "connect");
      const isTold = has.farewell || !isDeaf;
      const gone = isTold && next(other, "disconnect");
      const left = next(actor, "message");
      other.send("/kick");
      same((await left)[0], "somebody has left");
      if (isTold && !await Promise.race([gone, pause()])) {
        other.hurry?.();
      }
      await gone;
    },
    "reconnect without loss": async (actor, { url, has, isDeaf, isStuck }) => {
      if (isDeaf) {
        return;
      }
      const gone = next(actor, "disconnect");
      const back = gone.then(() => next(actor, "connect"));
      // Between two polls there is nothing that could be cut, and a browser itself asks once more on a new connection.
      for (let cuts = 1, noticed = false; !noticed; cuts++) {
        same((await fetch(`${url}/cut`, { method: "POST" })).status, 200);
        noticed = await Promise.race([gone, pause()]);
        if (!noticed && cuts > 1) {
          actor.hurry?.();
          noticed = await Promise.race([gone, pause()]);
        }
      }
      if (!has.reconnect) {
        actor.connect();
      }
      if (isStuck) {
        await back;
        return;
      }
      const echoed = next(actor, "message");
      actor.send("sent while away");
      await back;
      same((await echoed)[0], "sent while away");
    },
  };

  /** Does all steps and gives a line for each. */
  globalThis.runScenario = async (io, client) => {
    const opened = [];
    const [isDeaf, isStuck, isAlone] = ["deaf", "stuck", "alone"].map((flag) => client.has[flag]?.[client.runtime]?.includes(client.transport));
    const open = () => {
      const transport = isAlone && opened.length > 0 ? "polling" : client.transport;
      return opened[opened.push(actors[client.family](io, { ...client, transport })) - 1];
    };
    const actor = open();
    const report = [];
    for (const [check, step] of Object.entries(steps)) {
      try {
        await step(actor, { ...client, open, isDeaf, isStuck });
        report.push({ check, ok: true });
      } catch (error) {
        report.push({ check, ok: false, error: String(error?.stack ?? error) });
        break;
      }
    }
    opened.forEach((one) => { try { one.disconnect(); } catch { } });
    return report;
  };

  /** A member of the room that all clients are in. */
  globalThis.joinRoom = async (io, client) => {
    const member = actors[client.family](io, client);
    await next(member, "connect");
    const joined = next(member, "message");
    member.send("/join");
    same((await joined)[0], "joined");
    const heard = [];
    member.on("message", (text) => heard.push(text));
    globalThis.members ??= {};
    members[client.name] = {
      say: (text) => member.send(`/say ${text}`),
      heard: (count) => within(new Promise((resolve) => {
        const look = () => heard.length >= count && resolve([...heard]);
        member.on("message", look);
        look();
      }), `message ${count} of the room for ${client.name}`),
    };
  };
})();
