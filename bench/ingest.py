#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The cost of vigil-ingest, from MQTT to Kafka, compared with that of the two client libraries alone.

Both sides run in turn, several times, on the same brokers with the same messages. The figure is a ratio of medians:
processor time of ingest per message / (libmosquitto with an empty callback + an idempotent produce of the records that
ingest made). The bare side acknowledges to MQTT before anything is in Kafka, ingest after.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))
sys.path.insert(0, os.path.join(ROOT, "tests", "flow"))

from _ingest import load_devices, register  # noqa: E402
from stack.proc import wait_until  # noqa: E402
from stack.stack import Stack  # noqa: E402

DEVICES = 2000  # so many that each stays below ingest.device_events_per_s, averaged over ten minutes
SOS_EVERY = 100
SHORT_FORM_S = 38  # for the pairs, of 55 s in all; the rest is for starting and stopping
PARTITION_TOPIC = "vigil.events.telemetry"


def program(stack, name):
    return os.path.join(stack.build, "bench", name)


def load_argv(stack, count):
    return [program(stack, "load"), "--mqtt", stack.port["mqtt"], "--count", count, "--devices", DEVICES,
            "--sos-every", SOS_EVERY]


def run(argv):
    done = subprocess.run([str(arg) for arg in argv], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def totals(stack):
    """(events, records) that ingest has written so far."""
    events = stack.metric("ingest", "vigil_ingest_events_total")
    return events, stack.metric("ingest", "vigil_ingest_records_total")


def ours(stack, count):
    """One run through vigil-ingest. Return: figures per message."""
    servers = ("mosquitto", "ingest", "kafka")
    cpu = {name: stack.processes[name].cpu_s() for name in servers}
    events, records = totals(stack)
    begin = time.monotonic()
    said = run(load_argv(stack, count))
    if said["acked"] != count or said["refused"]:
        raise RuntimeError(f"the broker did not take everything: {said}")
    wait_until(lambda: totals(stack)[0] - events >= count
               and stack.metric("ingest", "vigil_ingest_kafka_outstanding") == 0, 60, "the last message")
    seconds = time.monotonic() - begin
    made = totals(stack)
    if made[0] - events != count:
        raise RuntimeError(f"{count} messages became {made[0] - events} events")
    return {"events_per_s": count / seconds, "records": int(made[1] - records),
            **{name: (stack.processes[name].cpu_s() - cpu[name]) / count * 1e6 for name in servers}}


def bare(stack, count, records):
    """One run with the same messages and the same number and size of records, with the libraries alone."""
    subscriber = subprocess.Popen([program(stack, "ingest-bare"), "subscribe", "--mqtt", str(stack.port["mqtt"]),
                                   "--count", str(count)], stdout=subprocess.PIPE, text=True)
    try:
        if subscriber.stdout.readline().strip() != "subscribed":
            raise RuntimeError("the bare subscriber did not subscribe")
        run(load_argv(stack, count))
        took = json.loads(subscriber.communicate(timeout=60)[0].strip().splitlines()[-1])
    finally:
        if subscriber.poll() is None:
            subscriber.kill()
            subscriber.wait()
    size = max(16 + 128, round((count * 128 + records * 16) / records))
    gave = run([program(stack, "ingest-bare"), "produce", "--kafka", stack.port["kafka"], "--topic",
                PARTITION_TOPIC, "--records", records, "--bytes", size])
    return {"subscribe": took["cpu_s"] / count * 1e6, "produce": gave["cpu_s"] / count * 1e6}


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "?")
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release()}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--full", action="store_true")
    args.add_argument("--build", default=os.environ.get("VIGIL_BUILD", "build"))
    args = args.parse_args()
    count, pairs = (200000, 7) if args.full else (60000, 3)

    with Stack(args.build, programs=()) as stack:
        if stack.broker != "real":
            print("the real Kafka is not there: ./run fetches it", file=sys.stderr)
            return 1
        register(stack, load_devices(DEVICES))
        stack.start("ingest")
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_registry_devices") >= 2 * DEVICES, 10,
                   "the registry")
        time.sleep(0.5)
        ours(stack, count // 3)  # warm-up: Kafka's JVM compiles under load
        mine, floor = [], []
        begin = time.monotonic()
        while len(mine) < pairs:
            spent = time.monotonic() - begin
            if mine and not args.full and spent + spent / len(mine) > SHORT_FORM_S:
                break  # on a busy machine, measure fewer pairs instead of taking longer
            mine.append(ours(stack, count))
            # Stop ingest, so that the bare subscriber does not share the broker with it.
            stack.processes["ingest"].stop()
            floor.append(bare(stack, count, mine[-1]["records"]))
            drain(stack)
            print(f"# ours {mine[-1]['ingest']:.1f} us ({mine[-1]['events_per_s']:.0f}/s, "
                  f"{mine[-1]['records']} records), bare {floor[-1]['subscribe']:.1f} + "
                  f"{floor[-1]['produce']:.1f} us", file=sys.stderr)

    def median(rows, name):
        return statistics.median(row[name] for row in rows)

    bare_us = statistics.median(row["subscribe"] + row["produce"] for row in floor)
    ratio = statistics.median(us["ingest"] / (them["subscribe"] + them["produce"])
                              for us, them in zip(mine, floor))
    print(json.dumps({
        "name": "ingest", "events_per_s": round(median(mine, "events_per_s")),
        "cpu_us": {name: round(median(mine, name), 2) for name in ("mosquitto", "ingest", "kafka")},
        "bare_us": round(bare_us, 2),
        "bare_parts_us": {name: round(median(floor, name), 2) for name in ("subscribe", "produce")},
        "ratio": round(ratio, 3), "ratio_limit": 1.4, "pairs": len(mine), "messages": count,
        "records": round(median(mine, "records")), "machine": machine()}))
    return 0 if ratio <= 1.4 else 1


def drain(stack):
    """The messages of the bare run wait in the sessions of ingest. Let ingest process them before the next pair."""
    stack.start("ingest")
    wait_until(lambda: stack.metric("ingest", "vigil_ingest_messages_total") > 0, 30, "the backlog")
    last = -1
    while last != totals(stack)[0] or stack.metric("ingest", "vigil_ingest_kafka_outstanding"):
        last = totals(stack)[0]
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
