# SPDX-License-Identifier: MIT
"""Numbered readings at a fixed rate: what the broker took over must be in Kafka, number for number."""

import json
import threading
import time

from . import mqtt

WINDOW = 900  # unacknowledged at once; the broker of the stack grants 1,000


class Numbers:
    """Publishes on a thread of its own until stop(). Devices: (district, device, kind, value)."""

    def __init__(self, port, devices, rate, boot):
        self.devices = devices
        self.rate = rate
        self.boot = boot
        self.sent = 0
        self.owed = {}  # packet id -> number
        self.taken = set()  # the broker said: it is mine now
        self.refused = 0
        self.room = threading.Condition()
        self.stopping = False
        self.client = mqtt.Client(port, f"numbers-{boot}", on_ack=self._on_ack)
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def event_id(self, number):
        device = self.devices[number % len(self.devices)][1]
        return f"{device}:{self.boot}:{number // len(self.devices)}"

    def _on_ack(self, packet, code):
        with self.room:
            number = self.owed.pop(packet, None)
            if number is not None and code == 0:
                self.taken.add(number)
            elif number is not None:
                self.refused += 1
            self.room.notify()

    def _publish(self, number):
        district, device, kind, value = self.devices[number % len(self.devices)]
        payload = json.dumps({"seq": number // len(self.devices), "boot": self.boot, "value": value})
        with self.room:
            self.room.wait_for(lambda: len(self.owed) < WINDOW or self.stopping)
            # Known before it leaves: the acknowledgement may be faster than this thread.
            self.owed[self.client.next_id % 65535 + 1] = number
        self.client.publish(f"vigil/v1/{district}/{device}/{kind}", payload)

    def _run(self):
        begin = time.monotonic()
        try:
            while not self.stopping:
                due = int((time.monotonic() - begin) * self.rate)
                while self.sent < due and not self.stopping:
                    self._publish(self.sent)
                    self.sent += 1
                time.sleep(0.002)
        except OSError:
            return  # the broker is gone; stop() says what it never acknowledged

    def stop(self, timeout_s=20):
        """Stop publishing and wait for the last acknowledgements."""
        self.stopping = True
        self.thread.join()
        with self.room:
            if not self.room.wait_for(lambda: not self.owed, timeout_s):
                raise TimeoutError(f"{len(self.owed)} numbers were never acknowledged by the broker")
        self.client.close()
