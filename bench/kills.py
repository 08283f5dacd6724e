#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Repeated kill -9 of ingest under load, then of rules and alerting while people are paged.

First part: numbered QoS 1 readings at 3,000/s; every number that the broker acknowledged must be in Kafka.
Second part: `vigil sim` plays configs/stories.yaml and a storm of presses with simulated pagers; every expected page
must come once. A page may be late by the time that a killed program needs to restart: --allow-late of `vigil sim`.
"""

import csv
import json
import os
import random
import signal
import sys
import time

from _bench import arguments, finish, say, stack
from stack.numbers import Numbers
from stack.proc import wait_until
from stack.sim import Sim

RATE = 3000
INGEST_KILLS = 20
OTHER_KILLS = {"short": 3, "full": 10}  # of each other program
KILL_EVERY_S = {"short": (1.5, 3.5), "full": (1.0, 2.0)}  # spread over the stories, which take 33 s
STORM = 3  # presses per second meanwhile
ALLOW_LATE_S = 30  # enough for one or two restarts, after each of which rules settle before they judge silence


def readings(folder):
    """Rows (district, device, kind, value) for every wristband in the CSV files of the registry."""
    with open(os.path.join(folder, "elders.csv"), encoding="utf-8-sig") as rows:
        district = {row["id"]: row["district"] for row in csv.DictReader(rows)}
    with open(os.path.join(folder, "devices.csv"), encoding="utf-8-sig") as rows:
        return [(district[row["elder"]], row["id"], "heart_rate", 72) for row in csv.DictReader(rows)
                if row["class"] == "wristband" and not row.get("profile")]


def in_kafka(running):
    """How often each event id occurs in the telemetry topic."""
    found = {}
    for line in running.vigil("tap", "events.telemetry", "-e",
                              timeout_s=120).stdout.splitlines():
        event = json.loads(line)
        found[event["event_id"]] = found.get(event["event_id"], 0) + 1
    return found


def kill_ingest(running, sim, chance):
    """Kill ingest repeatedly under load. Return: the event ids that the MQTT broker acknowledged meanwhile."""
    # The other devices must send as well; else the stories begin with pages about silent devices.
    heard = sim.start("--stories", "none", "--people", 0, "--rate", 50, "--quiet")
    numbers = Numbers(running.port["mqtt"], readings(sim.registry), RATE, boot=1).start()
    time.sleep(1)
    for number in range(INGEST_KILLS):
        time.sleep(chance.uniform(0.2, 0.6))
        running.kill("ingest")
        time.sleep(chance.uniform(0.0, 0.2))
        running.start("ingest", wait=False)
        say(f"ingest killed {number + 1} of {INGEST_KILLS}, {len(numbers.taken)} readings taken over so far")
    running.wait_ready("ingest")
    time.sleep(1)
    heard.process.signal(signal.SIGINT)
    numbers.stop()
    heard.result(timeout_s=30)

    # Wait until the broker has delivered its queue: no new event for a second.
    def quiet():
        before = running.metric("ingest", "vigil_ingest_events_total")
        time.sleep(1)
        return running.metric("ingest", "vigil_ingest_events_total") == before

    wait_until(quiet, 60, "ingest to drain the broker's queue")
    return {numbers.event_id(number) for number in numbers.taken}


def compare(running, wanted):
    """Compare @wanted with the events in Kafka. Return: counts of published, missing and repeated events."""
    found = in_kafka(running)
    missing = wanted - set(found)
    repeats = sum(count - 1 for event, count in found.items() if event in wanted)
    say(f"{len(wanted)} readings taken over by the broker, {len(missing)} missing in Kafka, "
        f"{repeats} there more than once (rules drop them by id)")
    return {"published": len(wanted), "missing": len(missing), "repeats": repeats}


def play(running, sim, form):
    """Start the stories and the storm, long enough for kill_others(). Return: SimRun."""
    length_s = 2 + int(OTHER_KILLS[form] * 2 * sum(KILL_EVERY_S[form]) / 2 * 1.2)
    return sim.start("--storm", STORM, "--rate", 100, "--for", f"{length_s}s", "--allow-late", f"{ALLOW_LATE_S}s",
                     "--ledger", os.path.join(running.folder, "sim.ledger"))


def kill_others(running, form, chance):
    """Kill rules and alerting in turn, while stories are played and alerts are raised and answered."""
    for number in range(OTHER_KILLS[form]):
        for program in ("rules", "alerting"):
            time.sleep(chance.uniform(*KILL_EVERY_S[form]))
            running.kill(program)
            time.sleep(chance.uniform(0.0, 0.3))
            running.start(program, wait=False)
            say(f"{program} killed {number + 1} of {OTHER_KILLS[form]}")
    running.wait_ready("rules", "alerting")


def main():
    args = arguments(__doc__.split("\n")[0], seed=20261124)
    chance = random.Random(args.seed)
    form = "full" if args.full else "short"
    sim = Sim()
    with stack(args, prepare=sim.prepare) as running:
        sim.import_registry()
        wanted = kill_ingest(running, sim, chance)
        stories = play(running, sim, form)
        first = compare(running, wanted)
        kill_others(running, form, chance)
        second = stories.result(timeout_s=180)
        for line in stories.complaints():
            say(line)
    figures = {
        "kills": INGEST_KILLS + 2 * OTHER_KILLS[form],
        "published": first["published"],
        "missing": first["missing"],
        "repeats_dropped_by_id": first["repeats"],
        "pages_expected": second["pages_expected"],
        "pages_missing": second["pages_missing"],
        "pages_doubled": second["pages_doubled"],
        "pages_unexpected": second["pages_unexpected"],
        "answers_missing": second["answers_missing"],
        "pages_resent": second["resends"],
        "alarms_published": second["alarms_published"],
        "without_receipt": second["without_receipt"],
        "rate": RATE,
        "seed": args.seed,
    }
    finish("kills", figures)
    wrong = ("missing", "pages_missing", "pages_doubled", "pages_unexpected", "answers_missing", "without_receipt")
    return 1 if any(figures[key] for key in wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
