#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Deaf partitions on real servers: no device is reported offline because the MQTT broker or ingest was down. A device
that stays silent afterwards is reported."""

import contextlib
import json
import os
import sys
import threading
import time

from _flow import expect, main, pass_by

from stack import mqtt
from stack.proc import wait_until

HEARTBEAT_S = 5
BEAT_EVERY_S = 2
BEATS_FIRST = 2 * HEARTBEAT_S // BEAT_EVERY_S
RULE = """\
version: 1
rules:
  - id: silent
    title: {{ zh: 设备离线, en: Device offline }}
    when: {{ offline: any, heartbeats: {heartbeats} }}
    severity: minor
    page: technical
"""
DEVICES = [f"band-{number}" for number in range(1, 5)]


class Devices(threading.Thread):
    """Four wristbands that send a heartbeat every two seconds while the broker is up, except those in @silent."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.silent, self.sequence = port, set(), 0
        self.client, self.ended = None, threading.Event()

    def run(self):
        while not self.ended.wait(BEAT_EVERY_S):
            try:
                self.client = self.client or mqtt.Client(self.port, "devices")
                for device in set(DEVICES) - self.silent:
                    self.sequence += 1
                    self.client.publish(f"vigil/v1/grid-1/{device}/heartbeat",
                                        json.dumps({"seq": self.sequence, "boot": 1}))
            except OSError:
                self.client = None  # the broker is down: try again in two seconds


@contextlib.contextmanager
def beating(make_stack, heartbeats):
    """A stack with four devices that send heartbeats. A device is offline after @heartbeats missing ones."""
    with make_stack(programs=()) as stack:
        os.unlink(os.path.join(stack.folder, "rules", "40-technical.yaml"))  # has other limits for offline devices
        with open(os.path.join(stack.folder, "rules", "90-silent.yaml"), "w", encoding="utf-8") as rules:
            rules.write(RULE.format(heartbeats=heartbeats))
        folder = os.path.join(stack.folder, "registry")
        os.makedirs(folder)
        files = {"districts.csv": "id,name\ngrid-1,One\n", "contacts.csv": "id,elder,name,phone\n",
                 "teams.csv": "id,name,district\n",
                 "elders.csv": "id,name,care_level,district\n"
                               + "".join(f"E-{device},Elder,partial,grid-1\n" for device in DEVICES),
                 "devices.csv": "id,elder,class,heartbeat\n"
                                + "".join(f"{device},E-{device},wristband,{HEARTBEAT_S}s\n" for device in DEVICES)}
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        stack.vigil("registry", "import", folder)
        stack.start("ingest", "rules")
        wait_until(lambda: stack.metric("rules", "vigil_rules_elders") == len(DEVICES), 20, "rules to know the elders")
        devices = Devices(stack.port["mqtt"])
        devices.start()
        try:
            wait_until(lambda: stack.metric("rules", "vigil_rules_events_total") >= len(DEVICES), 20, "the first beats")
            wait_until(lambda: set(said_of_listening(stack)) >= {(partition, 1) for partition in range(4)}, 20,
                       "ingest to say in each partition that it listens")
            # Wait for two heartbeat intervals of each device: a false offline alert would have been raised by then.
            wait_until(lambda: stack.metric("rules", "vigil_rules_events_total") >= BEATS_FIRST * len(DEVICES),
                       5 * HEARTBEAT_S, "more beats")
            expect(alerts(stack) == [], "nobody is offline before")
            yield stack, devices
        finally:
            devices.ended.set()
            devices.join()


def said_of_listening(stack):
    """The listening records that ingest has written: [(partition, 1: it listens, 0: it does not)]."""
    events = map(json.loads, stack.vigil("tap", "events", "-e", "--listening").stdout.splitlines())
    return [(event["partition"], event["value"]) for event in events if event["kind"] == "listening"]


def alerts(stack):
    lines = stack.vigil("tap", "alerts", "-e").stdout.splitlines()
    return [(alert["rule"], alert["device"], alert["transition"]) for alert in
            (json.loads(line)["value"] for line in lines)]


def expect_deaf_then_silence(stack, devices, limit_s, away, back):
    away()
    wait_until(lambda: stack.metric("rules", "vigil_rules_deaf_partitions") == 4, 30, "rules to notice that they are deaf")
    expect(stack.http("rules", "/-/ready")[0] == 200, "rules stay ready: they are not what is away")
    pass_by(limit_s + HEARTBEAT_S, time.monotonic())
    expect(alerts(stack) == [], f"nobody is offline for our deafness: {alerts(stack)}")
    devices.silent.add("band-2")
    back()
    wait_until(lambda: stack.metric("rules", "vigil_rules_deaf_partitions") == 0, 30, "rules to hear again")
    wait_until(lambda: alerts(stack), limit_s + 20, "the one that stays silent")
    expect(alerts(stack) == [("silent", "band-2", "raised")], f"it alone: {alerts(stack)}")
    expect(stack.vigil("tap", "quarantine", "-e").stdout == "", "what ingest says of itself is not quarantined")


def test_a_broker_that_was_away_makes_nobody_offline(make_stack):
    heartbeats = 3
    with beating(make_stack, heartbeats) as (stack, devices):
        expect_deaf_then_silence(stack, devices, heartbeats * HEARTBEAT_S,
                                 lambda: stack.kill("mosquitto"), lambda: stack.start("mosquitto"))
        expect(set(said_of_listening(stack)) == {(partition, word) for partition in range(4) for word in (0, 1)},
               "ingest tells every partition of listening and of not listening")


def test_an_ingest_that_was_away_makes_nobody_offline(make_stack):
    heartbeats = 6  # longer than the 20 s without a listening record after which a partition is deaf
    with beating(make_stack, heartbeats) as (stack, devices):
        expect_deaf_then_silence(stack, devices, heartbeats * HEARTBEAT_S,
                                 lambda: stack.kill("ingest"), lambda: stack.start("ingest"))


if __name__ == "__main__":
    sys.exit(main(globals(), parts=2))
