#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Backtest of two rule sets, the sample rules and a changed copy, on one core: `vigil replay OLD NEW --events FILE`
as a user runs it, from reading the first line to the result in JSON, once from JSON lines and once from kept frames.

A town of 1,000 homes sends events as often as a real one: 12 million in a month, most of them motion, heartbeats and
vitals, some battery levels, falls and presses. The figure is events per second of processor time of the whole process
(it has one thread), the median over rounds; wall_s is the time that a user waits. --full adds the whole month, as
frames."""

import csv
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import _bench

ELDERS = 1000
MONTH_EVENTS = 12_000_000
MONTH_MS = 31 * 24 * 3600 * 1000
EVENTS = 1_000_000
ROUNDS = 3
BEGIN_MS = 1793462400000  # 2026-10-31T16:00:00Z, a midnight in Shanghai
GROUP = 20_000

# Device class -> the events it sends: (share, kind, lowest and highest value, lane).
SAYS = {
    "motion_sensor": [(90, "motion", 1, 1, "telemetry"), (10, "heartbeat", 1, 1, "telemetry")],
    "wristband": [(50, "heart_rate", 55, 118, "telemetry"), (20, "spo2", 91, 99, "telemetry"),
                  (10, "steps", 1, 40, "telemetry"), (18, "heartbeat", 1, 1, "telemetry"),
                  (2, "battery", 20, 100, "telemetry")],
    "fall_radar": [(60, "motion", 1, 1, "telemetry"), (40, "heartbeat", 1, 1, "telemetry")],
    "door_sensor": [(50, "door_open", 1, 1, "alarm"), (50, "door_closed", 1, 1, "alarm")],
    "bed_sensor": [(50, "bed_in", 1, 1, "telemetry"), (50, "bed_out", 1, 1, "telemetry")],
    "sos_button": [(100, "heartbeat", 1, 1, "telemetry")],
    "smoke_detector": [(100, "heartbeat", 1, 1, "telemetry")],
    "gas_detector": [(100, "heartbeat", 1, 1, "telemetry")],
}
SPEAKS = {"motion_sensor": 30, "wristband": 50, "fall_radar": 20, "door_sensor": 4, "bed_sensor": 4, "sos_button": 2,
          "smoke_detector": 2, "gas_detector": 2}
RARE = [("sos_button", "sos", 1), ("fall_radar", "fall", 3), ("wristband", "heart_rate", 5)]  # one in 20,000


def sayings(folder):
    """The events that devices of the registry can send. Return: (usual, rare), each a list of (weight, (device, elder,
    kind, lowest value, highest value, lane))."""
    found, rare = [], []
    with open(os.path.join(folder, "devices.csv"), encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for share, kind, low, high, lane in SAYS.get(row["class"], ()):
                found.append((SPEAKS[row["class"]] * share, (row["id"], row["elder"], kind, low, high, lane)))
            for name, kind, weight in RARE:
                if row["class"] == name:
                    low, high, lane = (150, 150, "telemetry") if kind == "heart_rate" else (1, 1, "alarm")
                    rare.append((weight, (row["id"], row["elder"], kind, low, high, lane)))
    return found, rare


def lines(folder, count):
    """Yield groups of lines, in the order of receipt, as `vigil tap` prints events. The seed is fixed, so every run has
    the same events."""
    chance = random.Random(4)
    found, rare = sayings(folder)
    pool, weights = [one for _, one in found], [weight for weight, _ in found]
    rare_pool, rare_weights = [one for _, one in rare], [weight for weight, _ in rare]
    step_ms = MONTH_MS / MONTH_EVENTS
    sequence = 0
    while sequence < count:
        group = chance.choices(pool, weights, k=min(GROUP, count - sequence))
        group[-1] = chance.choices(rare_pool, rare_weights)[0]
        text = []
        for device, elder, kind, low, high, lane in group:
            sequence += 1
            now = BEGIN_MS + int(sequence * step_ms)
            value = low if low == high else low + sequence * 7919 % (10 * (high - low)) / 10
            text.append(f'{{"topic":"vigil.events.{lane}","partition":{sequence % 16},"offset":{sequence},"index":0,'
                        f'"lane":"{lane}","event_id":"{device}:1:{sequence}","elder":"{elder}","device":"{device}",'
                        f'"kind":"{kind}","value":{float(value)},"time_ms":{now - 120},"device_time_ms":{now - 120},'
                        f'"received_time_ms":{now},"received_sub_us":{sequence % 1000},"boot":1,"sequence":{sequence},'
                        f'"flags":[],"validity":"valid","confidence_pct":95}}\n')
        yield "".join(text)


def calm_registry(folder):
    """Set every heartbeat to a day: with sixteen events per hour and home, devices could not keep one of five
    minutes."""
    path = os.path.join(folder, "devices.csv")
    with open(path, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows({**row, "heartbeat": "1d"} for row in rows)


def changed_rules(folder):
    """Copy the sample rules with typical changes: a longer quiet limit by day, a lower heart rate limit. Return: the
    path."""
    path = shutil.copytree(os.path.join(_bench.ROOT, "configs", "rules"), os.path.join(folder, "new"))
    for name, old, new in (("20-inactivity.yaml", 'to: "22:00", longer_than: 3h', 'to: "22:00", longer_than: 4h'),
                           ("30-vitals.yaml", "above: 120", "above: 115")):
        with open(os.path.join(path, name), encoding="utf-8") as file:
            text = file.read()
        if old not in text:
            sys.exit(f"the sample rules no longer say {old}: mend this bench")
        with open(os.path.join(path, name), "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1).replace("clear_below: 110", "clear_below: 105", 1))
    return path


def timed(argv, **options):
    """Run a command. Return: (processor seconds, wall seconds, what it printed)."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, cwd=_bench.ROOT, capture_output=True, text=True, check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{argv} ended with {done.returncode}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - begin, done.stdout


class Town:
    def __init__(self, folder):
        self.folder = folder
        self.vigil = os.path.join(_bench.ROOT, os.environ.get("VIGIL_BUILD", "build"), "cli/vigil")
        self.registry = os.path.join(folder, "registry")
        timed([self.vigil, "sim", "--registry", self.registry, "--elders", str(ELDERS)])
        calm_registry(self.registry)
        self.new = changed_rules(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def judge(self, events):
        cpu, wall, text = timed([self.vigil, "replay", "configs/rules", self.new, "--events", events, "--registry",
                                 self.registry, "--time-zone", "Asia/Shanghai", "--json"])
        return cpu, wall, json.loads(text)

    def rounds(self, events, count):
        """Return: (events per second of processor time, wall seconds, result); the first two are medians over
        ROUNDS."""
        taken = [self.judge(events) for _ in range(ROUNDS)]
        answer = taken[0][2]
        if answer["events"]["judged"] != count or answer["events"]["bad"] or answer["events"]["backwards"]:
            sys.exit(f"not every event was judged: {answer['events']}")
        return (count / statistics.median(cpu for cpu, _, _ in taken),
                statistics.median(wall for _, wall, _ in taken), answer)

    def keep(self, name, count):
        """Write @count events as frames, through a pipe, because the lines of a month would need 4 GB."""
        with subprocess.Popen([self.vigil, "replay", "--keep", self.path(name), "--events", "-"], cwd=_bench.ROOT,
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as keeping:
            for group in lines(self.registry, count):
                keeping.stdin.write(group)
            keeping.stdin.close()
        if keeping.returncode != 0:
            sys.exit("the events could not be kept")


def month(town):
    town.keep("month.frames", MONTH_EVENTS)
    cpu, wall, answer = town.judge(town.path("month.frames"))
    return {"month_events": answer["events"]["judged"], "month_cpu_s": round(cpu, 2), "month_wall_s": round(wall, 2),
            "month_alerts": answer["total"]["new"]}


def main():
    args = _bench.arguments(__doc__)
    begin = _bench.cpu_times()
    with tempfile.TemporaryDirectory(prefix="vigil-replay-") as folder:
        town = Town(folder)
        with open(town.path("events.jsonl"), "w", encoding="utf-8") as file:
            for group in lines(town.registry, EVENTS):
                file.write(group)
        timed([town.vigil, "replay", "--keep", town.path("events.frames"), "--events", town.path("events.jsonl")])
        json_rate, json_wall, answer = town.rounds(town.path("events.jsonl"), EVENTS)
        frames_rate, frames_wall, same = town.rounds(town.path("events.frames"), EVENTS)
        if same["changes"] != answer["changes"]:
            sys.exit("lines and frames do not lead to the same changes")
        figures = {
            "events_per_s": round(json_rate if json_rate >= 1e6 else frames_rate),
            "json_events_per_s": round(json_rate),
            "frames_events_per_s": round(frames_rate),
            "json_wall_s": round(json_wall, 2),
            "frames_wall_s": round(frames_wall, 2),
            "events": EVENTS,
            "elders": ELDERS,
            "alerts": answer["total"]["new"],
            "changes": len(answer["changes"]),
        }
        if args.full:
            figures.update(month(town))
    figures["cpu_other_pct"] = round(_bench.cpu_other_pct(begin, 0))
    return _bench.finish("replay", figures)


if __name__ == "__main__":
    sys.exit(main())
