# SPDX-License-Identifier: MIT
"""Numbered readings at a fixed rate. Every number that the broker acknowledged must reach Kafka."""

import json
import threading
import time

from . import mqtt

WINDOW = 900  # messages in flight without PUBACK; the broker of the stack allows 1,000


class Numbers:
    """Publishes on its own thread until stop(). @devices: rows of (district, device, kind, value). @rate: readings per
    second."""

    def __init__(self, port, devices, rate, boot):
        self.devices = devices
        self.rate = rate
        self.boot = boot
        self.sent = 0
        self.owed = {}  # packet id -> number, not acknowledged yet
        self.taken = set()  # numbers that the broker acknowledged with reason code 0
        self.refused = 0  # acknowledged with another reason code
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
            # Record the number before sending: its PUBACK may arrive before publish() returns.
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
            return  # the broker is gone; stop() reports what it never acknowledged

    def stop(self, timeout_s=20):
        """Stop publishing and wait for the last acknowledgements."""
        self.stopping = True
        self.thread.join()
        with self.room:
            if not self.room.wait_for(lambda: not self.owed, timeout_s):
                raise TimeoutError(f"{len(self.owed)} numbers were never acknowledged by the broker")
        self.client.close()
