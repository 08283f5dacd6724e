# SPDX-License-Identifier: MIT
"""A recipient written from docs/wire/pages.md alone, on libzmq through ctypes. It shares no code with alerting, so that
it tests what alerting sends against the specification.
"""

import ctypes
import ctypes.util
import json
import os
import queue
import threading
import time

from .proc import PATIENCE_S, check_deaths

DEALER, POLLIN, SNDMORE, DONTWAIT = 5, 1, 2, 1
OPTION_LINGER, OPTION_SERVERKEY, OPTION_PUBLICKEY, OPTION_SECRETKEY, OPTION_RCVMORE = 17, 50, 48, 49, 13
BEAT_S = 5.0
REPEAT_S = 1.0  # between repeats of an answer that is not stored yet

_zmq = None


class _PollItem(ctypes.Structure):
    _fields_ = [("socket", ctypes.c_void_p), ("fd", ctypes.c_int), ("events", ctypes.c_short),
                ("revents", ctypes.c_short)]


def _library():
    global _zmq
    if _zmq is None:
        _zmq = ctypes.CDLL(ctypes.util.find_library("zmq") or "libzmq.so.5", use_errno=True)
        for name in ("zmq_ctx_new", "zmq_socket"):
            getattr(_zmq, name).restype = ctypes.c_void_p
        _zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
        _zmq.zmq_setsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
        _zmq.zmq_getsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        _zmq.zmq_connect.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        _zmq.zmq_send.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        _zmq.zmq_recv.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        _zmq.zmq_poll.argtypes = [ctypes.POINTER(_PollItem), ctypes.c_int, ctypes.c_long]
        _zmq.zmq_close.argtypes = [ctypes.c_void_p]
        _zmq.zmq_ctx_term.argtypes = [ctypes.c_void_p]
    return _zmq


def read_key(path):
    """{"public-key": …, "secret-key": …} from a file that `vigil keys new` has written."""
    keys = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            name, _, value = line.strip().partition(" ")
            keys[name] = value.strip()
    return keys


class Pager:
    """Connects, sends hello, confirms the receipt of every page, and answers as @answer decides.

    @endpoint: one endpoint, or a list with that of every alerting process. Each gets a socket. An answer goes to the
    process that last sent a frame about the alert; to all of them if there is none, or if it does not know the page.
    @answer(page) -> None, or (type, {more keys}), for example ("accept", {"eta_s": 300}).
    frames = [(time, type, body)] lists the frames received. Read it while holding `seen` (a Condition).
    """

    def __init__(self, endpoint, folder, who, answer=lambda page: None):
        self.endpoints = [endpoint] if isinstance(endpoint, str) else list(endpoint)
        self.who, self.answer = who, answer
        self.keys = read_key(os.path.join(folder, who + ".key"))
        with open(os.path.join(folder, "server.pub"), encoding="ascii") as key:
            self.server = key.read().split()[-1]
        self.seen = threading.Condition()
        self.frames = []
        self.stopping = False
        self.owed = {}  # ack_id -> [type, body, when to send next]; not stored yet
        self.sockets = []
        self.owner = {}  # alert_id -> the socket of the last frame about it
        self.outgoing = queue.Queue()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # --- what a test calls ----------------------------------------------------------------

    def of(self, kind):
        with self.seen:
            return [body for _, type_, body in self.frames if type_ == kind]

    def pages(self):
        """Each page once: a page received twice has the same page_id."""
        return list({page["page_id"]: page for page in self.of("page")}.values())

    def wait(self, kind, accept=lambda body: True, timeout_s=PATIENCE_S):
        """Wait for a frame of that type for which @accept is true; earlier frames count. Return: its body. Raises
        AssertionError if none comes."""
        deadline = time.monotonic() + timeout_s
        with self.seen:
            while True:
                for _, type_, body in self.frames:
                    if type_ == kind and accept(body):
                        return body
                check_deaths()
                if not self.seen.wait(max(0.0, min(0.5, deadline - time.monotonic()))) \
                        and time.monotonic() >= deadline:
                    raise AssertionError(f"{self.who}: no {kind} within {timeout_s} s; got "
                                         + ", ".join(type_ for _, type_, _ in self.frames))

    def say(self, kind, body):
        """Send any frame, also an invalid one."""
        self.outgoing.put((kind, body))

    def give(self, page, kind, **more):
        """Send an answer, and repeat it until `stored` or `refused` comes. Return: its ack_id."""
        ack_id = f"{page['page_id']}/{page['nonce']}/{kind}"
        body = dict(more, page_id=page["page_id"], ack_id=ack_id)
        self.outgoing.put((kind, body))
        return ack_id

    def close(self):
        self.stopping = True
        self.thread.join(5)

    # --- the thread that owns the socket --------------------------------------------------

    def _open(self, context, endpoint):
        zmq = _library()
        socket = zmq.zmq_socket(context, DEALER)
        none = ctypes.c_int(0)
        zmq.zmq_setsockopt(socket, OPTION_LINGER, ctypes.byref(none), ctypes.sizeof(none))
        for option, key in ((OPTION_SERVERKEY, self.server), (OPTION_PUBLICKEY, self.keys["public-key"]),
                            (OPTION_SECRETKEY, self.keys["secret-key"])):
            zmq.zmq_setsockopt(socket, option, key.encode(), len(key))
        zmq.zmq_connect(socket, endpoint.encode())
        return socket

    def _run(self):
        zmq = _library()
        context = zmq.zmq_ctx_new()
        self.sockets = [self._open(context, endpoint) for endpoint in self.endpoints]
        items = (_PollItem * len(self.sockets))(*[_PollItem(socket, 0, POLLIN, 0) for socket in self.sockets])
        beat = 0.0
        try:
            while not self.stopping:
                now = time.monotonic()
                if now >= beat:
                    # Say hello with every beat: alerting does not know us after a restart.
                    for socket in self.sockets:
                        self._send(socket, "hello", {"language": "zh", "instances": len(self.sockets)})
                    beat = now + (BEAT_S if self.of("welcome") else 0.5)
                self._send_owed(now)
                if zmq.zmq_poll(items, len(self.sockets), 20) > 0:
                    for socket in self.sockets:
                        while self._receive(socket):
                            pass
        finally:
            for socket in self.sockets:
                zmq.zmq_close(socket)
            zmq.zmq_ctx_term(context)

    def _send_owed(self, now):
        while not self.outgoing.empty():
            kind, body = self.outgoing.get()
            if "ack_id" in body:
                self.owed[body["ack_id"]] = [kind, body, 0.0]
            else:
                for socket in self.sockets:
                    self._send(socket, kind, body)
        for owed in self.owed.values():
            if now >= owed[2]:
                owner = self.owner.get(str(owed[1].get("page_id")).split("/", maxsplit=1)[0])
                for socket in [owner] if owner else self.sockets:
                    self._send(socket, owed[0], owed[1])
                owed[2] = now + REPEAT_S

    def _send(self, socket, kind, body):
        frames = [b"VP1", kind.encode(), json.dumps(body).encode()]
        for index, frame in enumerate(frames):
            more = SNDMORE if index + 1 < len(frames) else 0
            _library().zmq_send(socket, frame, len(frame), DONTWAIT | more)

    def _receive(self, socket):
        zmq, frames = _library(), []
        buffer = ctypes.create_string_buffer(65536)
        while True:
            size = zmq.zmq_recv(socket, buffer, len(buffer), DONTWAIT)
            if size < 0:
                return False
            frames.append(buffer.raw[:size])
            more, length = ctypes.c_int(0), ctypes.c_size_t(ctypes.sizeof(ctypes.c_int))
            zmq.zmq_getsockopt(socket, OPTION_RCVMORE, ctypes.byref(more), ctypes.byref(length))
            if not more.value:
                break
        if len(frames) != 3 or frames[0] != b"VP1":
            self._note("malformed", {"frames": [frame.hex() for frame in frames]})
            return True
        kind, body = frames[1].decode(), json.loads(frames[2])
        alert_id = str(body.get("alert_id") or body.get("page_id")).split("/", maxsplit=1)[0]
        if kind in ("page", "update", "stand_down", "stored"):
            self.owner[alert_id] = socket
        if kind == "refused" and body.get("why") == "unknown_page" and len(self.sockets) > 1:
            self.owner.pop(alert_id, None)  # another process has the alert, or will get it: send the answer to all
            return True
        if kind == "page":
            self._send(socket, "received", {"page_id": body["page_id"]})
            self._send(socket, "delivered", {"page_id": body["page_id"]})
            answer = self.answer(body)
            if answer:
                self.give(body, answer[0], **answer[1])
        elif kind in ("stored", "refused"):
            self.owed.pop(body.get("ack_id"), None)
        self._note(kind, body)
        return True

    def _note(self, kind, body):
        with self.seen:
            self.frames.append((time.time(), kind, body))
            self.seen.notify_all()
