# SPDX-License-Identifier: MIT
"""A small MQTT 5 client, so that a test sees the protocol itself and not a library's view of it.

It publishes with the broker's reason code and subscribes, nothing else. One thread reads.
"""

import socket
import struct
import threading
import time

from .proc import PATIENCE_S, check_deaths

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = (
    0x10, 0x20, 0x30, 0x40, 0x82, 0x90, 0xC0, 0xD0, 0xE0)


def _text(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack(">H", len(data)) + data


def _number(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | (0x80 if value else 0)])
        if not value:
            return out


class Client:
    """acked: {packet id: reason code of its PUBACK}. on_message(topic, payload, retained) and on_ack(packet id, reason
    code) are called on the reading thread."""

    def __init__(self, port, client_id, on_message=None, on_ack=None, timeout_s=PATIENCE_S):
        self.on_message = on_message or (lambda topic, payload, retained: None)
        self.on_ack = on_ack
        self.acked = {}
        self.changed = threading.Condition()
        self.next_id = 0
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.sock.makefile("rb")
        # MQTT 5, clean start, no keep-alive, no properties
        self._send(CONNECT, _text("MQTT") + b"\x05\x02\x00\x00\x00" + _text(client_id))
        kind, body = self._receive()
        if kind != CONNACK or body[1] != 0:
            raise ConnectionError(f"CONNACK {body.hex()}")
        self.sock.settimeout(None)
        self.subscribed = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _send(self, first, body):
        self.sock.sendall(bytes([first]) + _number(len(body)) + body)

    def _receive(self):
        first = self.stream.read(1)
        if not first:
            return None, b""
        length, shift = 0, 0
        while True:
            byte = self.stream.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        return first[0], self.stream.read(length)

    def _read(self):
        try:
            while True:
                kind, body = self._receive()
                if kind is None:
                    return
                if kind & 0xF0 == PUBLISH:
                    self._on_publish(kind, body)
                elif kind == PUBACK:
                    self._on_puback(body)
                elif kind == SUBACK:
                    self.subscribed.set()
        except (OSError, ValueError, IndexError):
            return  # close() has closed the socket

    def _on_puback(self, body):
        number, = struct.unpack_from(">H", body)
        code = body[2] if len(body) > 2 else 0
        with self.changed:
            self.acked[number] = code
            self.changed.notify_all()
        if self.on_ack:
            self.on_ack(number, code)

    def _on_publish(self, first, body):
        length, = struct.unpack_from(">H", body)
        topic, at = body[2:2 + length].decode(), 2 + length
        if first & 0x06:
            number = body[at:at + 2]
            at += 2
            self._send(PUBACK, number)
        at += 1 + body[at]  # properties: a length of one byte is enough, ours are at most 127 bytes
        self.on_message(topic, body[at:], bool(first & 0x01))

    def publish(self, topic, payload, retain=False, qos=1):
        """Send one message. Return: its packet id, for wait_acked()."""
        payload = payload.encode() if isinstance(payload, str) else payload
        self.next_id = self.next_id % 65535 + 1
        body = _text(topic) + (struct.pack(">H", self.next_id) if qos else b"") + b"\x00" + payload
        if qos:
            self.acked.pop(self.next_id, None)
        self._send(PUBLISH | (qos << 1) | int(retain), body)
        return self.next_id

    def wait_acked(self, number, timeout_s=PATIENCE_S):
        """Wait for the PUBACK of packet @number. Return: its reason code. Raises TimeoutError if none comes."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            while number not in self.acked:
                check_deaths()
                if not self.changed.wait(max(0.0, min(0.5, deadline - time.monotonic()))) \
                        and time.monotonic() >= deadline:
                    raise TimeoutError(f"no PUBACK for {number}")
            return self.acked[number]

    def subscribe(self, pattern, timeout_s=PATIENCE_S):
        self.subscribed.clear()
        self._send(SUBSCRIBE, struct.pack(">H", 1) + b"\x00" + _text(pattern) + b"\x01")
        if not self.subscribed.wait(timeout_s):
            raise TimeoutError("no SUBACK")

    def close(self):
        try:
            self._send(DISCONNECT, b"")
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        self.reader.join(2)
