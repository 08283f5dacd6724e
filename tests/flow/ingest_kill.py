#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9 of vigil-ingest, repeated under a load of 3,000 messages per second: every number reaches Kafka."""

import json
import os
import random
import sys
import time

import _flow
from _flow import at_any_moment, expect, needs_real_kafka
from _ingest import events, load_devices, register

from stack.proc import wait_until

KILLS = 20
RATE = 3000
SECONDS = 30
DEVICES = 50
SEED = int(os.environ.get("VIGIL_TEST_SEED", "20261124"))


def test_killed_twenty_times_under_load_it_loses_nothing(stack_of):
    needs_real_kafka()
    dice = random.Random(SEED)
    print(f"# seed {SEED}")
    with stack_of(programs=()) as stack:
        register(stack, load_devices(DEVICES))
        stack.start("ingest")
        count = RATE * SECONDS
        result = os.path.join(stack.folder, "load.json")
        with open(result, "wb") as out:
            load = stack.spawn("load", [os.path.join(stack.build, "bench", "load"), "--mqtt", stack.port["mqtt"],
                                        "--count", count, "--rate", RATE, "--devices", DEVICES,
                                        "--sos-every", 50], stdout=out)
            kills = 0
            began = time.monotonic()
            while kills < KILLS or load.alive():
                # Most kills hit a busy process, some hit one that is starting.
                at_any_moment(dice, 0.1, 2 * SECONDS / KILLS - 0.6)
                if not load.alive() and kills >= KILLS:
                    break
                stack.kill("ingest")
                kills += 1
                stack.start("ingest", wait=False)
            expect(time.monotonic() - began < 3 * SECONDS, "the load kept its pace")
        stack.wait_ready("ingest", timeout_s=30)
        with open(result, encoding="ascii") as out:
            said = json.load(out)
        expect(said["acked"] == count and said["refused"] == 0, f"the broker took everything: {said}")

        def missing():
            """The numbers that are in neither lane."""
            alarm = {event["sequence"] for event in events(stack, "events.alarm")}
            seen = alarm | {event["sequence"] for event in events(stack, "events.telemetry")}
            return sorted(set(range(count)) - seen)

        lost = []

        def all_there():
            lost[:] = missing()
            return not lost

        wait_until(all_there, 30, lambda: f"every number in Kafka: {len(lost)} of {count} are missing, the first {lost[:5]}")
        alarms = events(stack, "events.alarm")
        readings = events(stack, "events.telemetry")
        expect({event["sequence"] for event in alarms} == set(range(0, count, 50)), "the alarms in their lane")
        total = len(alarms) + len(readings)
        print(f"# {kills} kills, {count} messages, {total - count} doubled, 0 missing")
        expect(kills >= KILLS, "enough kills")


if __name__ == "__main__":
    sys.exit(_flow.main(globals()))
