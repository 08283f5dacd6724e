# SPDX-License-Identifier: MIT
"""The world of sos.py and others: two grids, three elders and their families, two teams on duty, one off duty, a
desk."""

import contextlib
import datetime
import json
import os
import shutil
import socket

from _flow import expect
from stack import mqtt
from stack.pager import Pager
from stack.proc import PATIENCE_S, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
PEOPLE = {"F1a": "family", "F1b": "family", "F2a": "family", "F3a": "family", "T-near": "team",
          "T-far": "team", "T-off": "team", "desk-main": "desk", "watcher": "monitor"}
RECEIVED_WITHIN_US = 2000000  # docs/wire/pages.md: a page without receipt is sent again with attempt + 1


def expect_one_card(who, pages):
    """@pages are one page for @who. Further attempts are accepted if the time for the receipt was over, as on a machine
    that stalled."""
    expect(pages and len({(page["alert_id"], page["step"]) for page in pages}) == 1, f"{who} has one card: {pages}")
    for page in pages:
        earliest_us = page["trace"]["intake_us"] + (page["attempt"] - 1) * RECEIVED_WITHIN_US
        expect(page["trace"]["sent_us"] >= earliest_us, f"{who} is not asked again at once: {pages}")


class World:
    """A stack with this world imported. Its pagers and MQTT clients are closed with it."""

    def __init__(self, stack):
        self.stack = stack
        self.stack.prepare = self._make_keys
        self.open = contextlib.ExitStack()
        self.receipts = []

    def __enter__(self):
        stack = self.stack.__enter__()
        self.open.push(stack.__exit__)
        try:
            self._populate(stack)
        except BaseException:
            self.open.close()
            raise
        return self

    def __exit__(self, *why):
        return self.open.__exit__(*why)

    @staticmethod
    def _make_keys(stack):
        keys = os.path.join(stack.folder, "keys")
        stack.vigil("keys", "server", keys)
        for who, role in PEOPLE.items():
            stack.vigil("keys", "new", "--role", role, "--id", who, keys)
        stack.give_desk_key()

    def _populate(self, stack):
        folder = os.path.join(stack.folder, "world")
        shutil.copytree(os.path.join(HERE, "world"), folder)
        # The nearest team is off duty on the day on which the test runs.
        days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        other_day = days[(datetime.datetime.now(datetime.timezone.utc).weekday() + 3) % 7]
        with open(os.path.join(folder, "teams.csv"), "a", encoding="utf-8") as teams:
            teams.write(f"T-off,夜班护理队,grid-1,30.2742,120.1552,nursing;first_aid,,,{other_day}\n")
        stack.vigil("registry", "import", folder)
        if "ingest" in stack.programs:
            wait_until(lambda: stack.metric("ingest", "vigil_ingest_registry_devices") == 6, 10,
                       "ingest to know the devices")
        if "rules" in stack.programs:
            wait_until(lambda: stack.metric("rules", "vigil_rules_elders") == 3, 10, "rules to know the elders")
        self.mqtt = self.client("devices", self._on_message)
        self.mqtt.subscribe("vigil/receipts/+")

    def client(self, name, on_message=None):
        client = mqtt.Client(self.stack.port["mqtt"], name, on_message)
        self.open.callback(client.close)
        return client

    def _on_message(self, topic, payload, _retained):
        if topic.startswith("vigil/receipts/"):
            self.receipts.append(json.loads(payload)["event_id"])

    def pager(self, who, answer=lambda page: None):
        stack = self.stack
        pager = Pager(stack.pages_endpoints(), os.path.join(stack.folder, "keys"), who,
                      answer)
        self.open.callback(pager.close)
        pager.wait("welcome")
        return pager

    def press(self, device="sos-1", seq=1, boot=1, district="grid-1", kind="sos", **more):
        """Publish one event with QoS 1. Return: the reason code of the broker's PUBACK."""
        payload = json.dumps(dict(more, seq=seq, boot=boot))
        return self.mqtt.wait_acked(self.mqtt.publish(f"vigil/v1/{district}/{device}/{kind}", payload))

    def wait_receipt(self, event_id, timeout_s=PATIENCE_S):
        wait_until(lambda: event_id in self.receipts, timeout_s, f"the receipt of {event_id}")

    def wait_checkpoint(self, alarm_events, timeout_s=PATIENCE_S):
        """Wait until the alarm offsets in Redis show that this many events have been judged and saved."""
        partitions = range(4)
        wait_until(lambda: sum(int(redis_command(self.stack.port["redis"], "HGET", f"vigil:{{p{partition}}}:meta",
                                                 "alarm_offset") or 0) for partition in partitions)
                   >= alarm_events, timeout_s, "the checkpoint in Redis")

    def wait_topic(self, name, count, timeout_s=PATIENCE_S):
        found = []

        def enough():
            found[:] = self.topic(name)
            return len(found) >= count

        wait_until(enough, timeout_s, lambda: f"{count} records in {name}; there are {len(found)}")
        return found

    def stranger_key(self, who):
        """Make a valid key pair that is not in allowed.yaml."""
        folder = os.path.join(self.stack.folder, "strangers")
        self.stack.vigil("keys", "new", "--role", "team", "--id", who, folder)
        shutil.copy(os.path.join(folder, who + ".key"), os.path.join(self.stack.folder, "keys"))

    def expect_no_welcome(self, who, wait_s=3):
        pager = Pager(self.stack.pages_endpoints(),
                      os.path.join(self.stack.folder, "keys"), who)
        try:
            pager.wait("welcome", timeout_s=wait_s)
        except AssertionError:
            return
        finally:
            pager.close()
        raise AssertionError(f"{who} was welcomed")

    def topic(self, name):
        """Everything in one of Vigil's topics, as `vigil tap` prints it: events, or the values of records."""
        lines = [json.loads(line) for line in self.stack.vigil("tap", name, "-e").stdout.splitlines()]
        return [line.get("value", line) for line in lines] if name in ("alerts", "ledger", "acks") else lines


def redis_command(port, *words):
    """Send one command whose reply is a bulk string, an integer or nil. Return: a string, or None."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        peer.sendall(b"*%d\r\n" % len(words)
                     + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words))
        reply = peer.makefile("rb")
        head = reply.readline().strip()
        if head[:1] == b"$":
            return None if head == b"$-1" else reply.readline().strip().decode()
        return head[1:].decode()
