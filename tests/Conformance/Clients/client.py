#!/usr/bin/python3
"""The same server through a client of another language: python3-socketio with both transports and the upgrade."""

import argparse
import queue
import sys

import socketio

PATIENCE = 10
EVERY_BYTE = bytes(range(256))


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: got {actual!r}, expected {expected!r}")


class Client:
    """A connected client that puts what it hears into queues."""

    def __init__(self, url, transports, namespaces=("/",), auth=None):
        self.io = socketio.Client(reconnection=False)
        self.heard = {}
        for namespace in namespaces:
            for event in ("echo", "answered", "news", "left", "connect_error", "disconnect"):
                self.listen(namespace, event)
            self.io.on("question", lambda *args: tuple(reversed(args)), namespace=namespace)
        self.io.connect(url, transports=transports, namespaces=list(namespaces), auth=auth, wait_timeout=PATIENCE)

    def listen(self, namespace, event):
        heard = self.heard[namespace, event] = queue.Queue()
        self.io.on(event, lambda *args: heard.put(list(args)), namespace=namespace)

    def next(self, event, namespace="/"):
        try:
            return self.heard[namespace, event].get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f'no "{event}" within {PATIENCE} s') from None

    def silent(self, event, namespace="/"):
        return self.heard[namespace, event].empty()

    def emit(self, event, *args, namespace="/"):
        self.io.emit(event, args, namespace=namespace)

    def ask(self, event, *args, namespace="/"):
        return self.io.call(event, args, namespace=namespace, timeout=PATIENCE)


class Behaviours:
    """Each method is one behaviour; its docstring is the line that is printed."""

    def __init__(self, url, transports):
        self.url = url
        self.transports = transports
        self.clients = []

    def open(self, *namespaces, auth=None):
        client = Client(self.url, self.transports, namespaces or ("/",), auth)
        self.clients.append(client)
        return client

    def connect(self):
        """connects with an auth payload and an id of its own"""
        client = self.open(auth={"token": "é"})
        same(client.ask("handshake")["auth"], {"token": "é"}, "auth")
        same(client.ask("id"), client.io.get_sid("/"), "id")
        if len(self.transports) == 1:
            same(client.ask("transport"), self.transports[0], "transport")
        else:
            same(client.io.transport(), "websocket", "transport after the upgrade")

    def events(self):
        """returns events and acknowledgements of every kind"""
        client = self.open()
        for args in (["text"], ["é 日本語 😀"], [1, -2.5, True, None], [{"a": [1, {"b": "c"}]}, []]):
            client.emit("echo", *args)
            same(client.next("echo"), args, "echo")
            answer = client.ask("echo-ack", *args)
            same(list(answer) if isinstance(answer, tuple) else [answer], args, "answer")
        same(client.ask("sum", 40, 2), 42, "sum")

    def binary(self):
        """returns binary, single and nested"""
        client = self.open()
        for args in ([EVERY_BYTE], ["a", b"1", {"deep": [b"2", {"er": b""}]}], [bytes(100_000)]):
            client.emit("echo", *args)
            same(client.next("echo"), args, "echo")
        same(client.ask("echo-ack", EVERY_BYTE), EVERY_BYTE, "answer")
        same(client.ask("measure", b"\x01\x02\xff"), (3, 258), "measure")

    def questions(self):
        """answers the questions of the server"""
        client = self.open()
        client.emit("ask", "a", {"b": 1}, b"c")
        same(client.next("answered"), [b"c", {"b": 1}, "a"], "answer")

    def namespaces(self):
        """shares one connection among namespaces"""
        client = self.open("/", "/order-5")
        same(client.ask("nsp", namespace="/order-5"), "/order-5", "namespace")
        same(client.ask("sum", 1, 1), 2, "main namespace")

    def refusal(self):
        """learns why a namespace refused it"""
        client = Client.__new__(Client)
        client.io, client.heard = socketio.Client(reconnection=False), {}
        client.listen("/guarded", "connect_error")
        try:
            client.io.connect(self.url, transports=self.transports, namespaces=["/guarded"], auth={"token": "wrong"})
        except socketio.exceptions.ConnectionError:
            pass
        else:
            raise AssertionError("the server admitted a wrong token")
        expected = {"message": "not authorized", "data": {"code": 401, "fields": ["token"]}}
        same(client.next("connect_error", "/guarded"), [expected], "error")
        client.io.disconnect()

    def rooms(self):
        """gets the broadcasts of its rooms and no others"""
        a, b = self.open("/rooms"), self.open("/rooms")
        same(a.ask("join", ["x", "y"], namespace="/rooms"), ["x", "y"], "rooms")
        b.ask("cast", {"from": "server", "to": ["x", "y"]}, "news", 1, b"2", namespace="/rooms")
        same(a.next("news", "/rooms"), [1, b"2"], "news")
        a.ask("leave", "x", namespace="/rooms")
        b.ask("cast", {"from": "server", "to": ["x"]}, "news", "no", namespace="/rooms")
        b.ask("cast", {"from": "server", "to": ["y"]}, "news", "yes", namespace="/rooms")
        same(a.next("news", "/rooms"), ["yes"], "news after leaving")
        same(a.silent("news", "/rooms") and b.silent("news", "/rooms"), True, "no further news")

    def disconnect(self):
        """disconnects by its own wish and by the server's"""
        watcher, leaver, guest = self.open(), self.open(), self.open()
        watcher.ask("watch")
        for client, act, reason in (
            (leaver, lambda: leaver.io.disconnect(), ["client namespace disconnect", "transport close"]),
            (guest, lambda: guest.emit("disconnect-me", False), ["server namespace disconnect"]),
        ):
            sid = client.io.get_sid("/")
            act()
            client.next("disconnect")
            left = watcher.next("left")
            same((left[0], left[1] in reason), (sid, True), f"left {left}")

    def run(self, label):
        names = "connect events binary questions namespaces refusal rooms disconnect"
        for behaviour in (getattr(self, name) for name in names.split()):
            line = f"{label}: {behaviour.__doc__}"
            try:
                behaviour()
            except Exception as error:
                print(f"not ok - {line}: {type(error).__name__}: {error}", file=sys.stderr)
                return False
            finally:
                for client in self.clients:
                    client.io.disconnect()
                self.clients = []
            print(f"ok - {line}", flush=True)
        return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    url = parser.parse_args().url
    for label, transports in (("polling", ["polling"]), ("websocket", ["websocket"]), ("upgrade", ["polling", "websocket"])):
        if not Behaviours(url, transports).run(label):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
