#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kill -9, again and again: ingest under load, then rules and alerting while people are being paged.

First part: numbered QoS 1 readings at 3,000/s; every number that the broker took over must be in Kafka.
Second part: `vigil sim` plays alarms with robot pagers; every page it expects must come, once.
"""

import csv
import json
import os
import random
import sys
import time

from _bench import arguments, finish, say, stack
from _sim import Sim

from stack.numbers import Numbers
from stack.proc import wait_until

RATE = 3000
INGEST_KILLS = 20
OTHER_KILLS = {"short": 3, "full": 10}  # of each other program


def readings(folder):
    """(district, device, kind, value) of every wristband in the registry's CSV files."""
    with open(os.path.join(folder, "elders.csv"), encoding="utf-8-sig") as rows:
        district = {row["id"]: row["district"] for row in csv.DictReader(rows)}
    with open(os.path.join(folder, "devices.csv"), encoding="utf-8-sig") as rows:
        return [(district[row["elder"]], row["id"], "heart_rate", 72) for row in csv.DictReader(rows)
                if row["class"] == "wristband" and not row.get("profile")]


def in_kafka(running):
    """How often each event id of the telemetry topic is there."""
    found = {}
    for line in running.vigil("tap", "events.telemetry", "-e",
                              timeout_s=120).stdout.splitlines():
        event = json.loads(line)
        found[event["event_id"]] = found.get(event["event_id"], 0) + 1
    return found


def kill_ingest(running, sim, chance):
    numbers = Numbers(running.port["mqtt"], readings(sim.registry), RATE, boot=1).start()
    time.sleep(1)
    for number in range(INGEST_KILLS):
        time.sleep(chance.uniform(0.2, 0.8))
        running.kill("ingest")
        time.sleep(chance.uniform(0.0, 0.2))
        running.start("ingest", wait=False)
        say(f"ingest killed {number + 1} of {INGEST_KILLS}, {len(numbers.taken)} readings taken over so far")
    running.wait_ready("ingest")
    time.sleep(1)
    numbers.stop()
    wanted = {numbers.event_id(number) for number in numbers.taken}

    # The broker hands over what it still queues; quiet for a second means there is no more.
    def quiet():
        before = running.metric("ingest", "vigil_ingest_events_total")
        time.sleep(1)
        return running.metric("ingest", "vigil_ingest_events_total") == before

    wait_until(quiet, 60, "ingest to drain the broker's queue")
    found = in_kafka(running)
    missing = wanted - set(found)
    repeats = sum(count - 1 for event, count in found.items() if event in wanted)
    say(f"{len(wanted)} readings taken over by the broker, {len(missing)} missing in Kafka, "
        f"{repeats} there more than once (rules drop them by id)")
    return {"published": len(wanted), "missing": len(missing), "repeats": repeats}


def kill_others(running, sim, kills, chance):
    """Each other program in turn, while alarms are raised and answered."""
    seconds = kills * 2 * 2.5 + 4
    storm = sim.storm(rate=100, alarms=5, for_s=seconds)
    time.sleep(2)
    for _ in range(kills):
        for program in ("rules", "alerting"):
            time.sleep(chance.uniform(0.8, 1.6))
            running.kill(program)
            time.sleep(chance.uniform(0.0, 0.3))
            running.start(program, wait=False)
            say(f"{program} killed")
    running.wait_ready("rules", "alerting")
    return storm.result(timeout_s=seconds + 60)


def main():
    args = arguments(__doc__.split("\n")[0], seed=20261124)
    chance = random.Random(args.seed)
    others = OTHER_KILLS["full" if args.full else "short"]
    with stack(args, prepare=Sim.keys) as running:
        sim = Sim(running)
        first = kill_ingest(running, sim, chance)
        second = kill_others(running, sim, others, chance)
    figures = {
        "kills": INGEST_KILLS + 2 * others,
        "published": first["published"],
        "missing": first["missing"],
        "repeats_dropped_by_id": first["repeats"],
        "pages_expected": second["pages_expected"],
        "pages_missing": second["pages_expected"] - second["pages_received"],
        "pages_doubled": second["pages_doubled"],
        "rate": RATE,
        "seed": args.seed,
    }
    finish("kills", figures)
    return 1 if figures["missing"] or figures["pages_missing"] or figures["pages_doubled"] else 0


if __name__ == "__main__":
    sys.exit(main())
