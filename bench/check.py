#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long `vigil check` takes for a large city: 1,000 rules of all common kinds and 100,000 overrides.

The figure is the wall time of the whole command from start to exit, the median of five runs. --full also measures with
all overrides in one file, where nothing can be read in parallel, and with overrides that have all ended, each of which
causes a warning."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from _bench import arguments, cpu_other_pct, cpu_times, machine, say

RULES, OVERRIDES, RUNS = 1000, 100_000, 5

VITAL = """  - id: heart-rate-high-{n:04d}
    title: {{ zh: "心率过高 {{value}}", en: "Heart rate high {{value}}" }}
    when:
      vital: heart_rate
      above: {above}
      clear_below: 95
      for: 60s
      min_samples: 3
    applies_to: {{ tags: [ t{n} ] }}
    severity: critical
    page: vital-now
    advice: {{ zh: "呼叫老人：胸痛、气促、头晕？", en: "Call the elder, ask for chest pain" }}
"""
EVENT = """  - id: door-at-night-{n:04d}
    title: {{ zh: 夜间开门, en: Door opened at night }}
    when:
      event: door_open
      during:
        - {{ from: "22:00", to: "05:30", days: [ mon, tue, wed, thu, fri ] }}
    cooldown: 10m
    severity: major
    page: check-in
"""
QUIET = """  - id: inactivity-{n:04d}
    title: {{ zh: 长时间无活动, en: No activity }}
    when:
      quiet: [ motion, door, bed, chair, toilet ]
      by_time:
        - {{ from: "06:00", to: "22:00", longer_than: 3h }}
        - {{ from: "22:00", to: "06:00", longer_than: 10h }}
    unless: [ away, hospital ]
    severity: major
    page: check-in
"""
OVERRIDE = """  - elder: E{elder:06d}
    rule: {rule}
    set: {set}
    reason: 医嘱 2026-11-02
    until: {until}
"""


def rules_write(folder):
    ids = []
    with open(os.path.join(folder, "10-rules.yaml"), "w", encoding="utf-8") as out:
        out.write("version: 1\nrules:\n")
        for n in range(RULES):
            form = (VITAL, EVENT, QUIET)[n % 3]
            text = form.format(n=n, above=110 + n % 30)
            ids.append(text.split("\n")[0].split(": ")[1])
            out.write(text)
    return ids


def override_text(ids, n, until):
    rule = ids[n * 7 % RULES]
    values = ("{ above: 145, clear_below: 120 }", '{ during: [ { from: "23:00", to: "05:00" } ] }', "{ longer_than: 5h }")
    return OVERRIDE.format(elder=n, rule=rule, set=values[n * 7 % RULES % 3], until=until)


def overrides_write(folder, ids, a_file, until):
    os.mkdir(os.path.join(folder, "overrides.d"))
    for begin in range(0, OVERRIDES, a_file):
        path = os.path.join(folder, "overrides.d", f"{begin // a_file:03d}.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write("version: 1\noverrides:\n")
            out.writelines(override_text(ids, n, until) for n in range(begin, begin + a_file))


def check(vigil, folder, expected):
    """Run the command once; it must report that it has read everything. Return: (seconds, processor seconds)."""
    begin, cpu_begin = time.monotonic(), cpu_of_children()
    done = subprocess.run([vigil, "check", folder], capture_output=True, text=True, check=False,
                          env=dict(os.environ, LC_ALL="C"))
    seconds = time.monotonic() - begin
    last = done.stdout.rstrip().split("\n")[-1]
    if done.returncode != 0 or f"{RULES} rules, {OVERRIDES} overrides: {expected}" not in last:
        sys.exit(f"vigil check said: {last} {done.stderr}")
    return seconds, cpu_of_children() - cpu_begin


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(vigil, a_file, until, expected="0 warnings"):
    with tempfile.TemporaryDirectory() as folder:
        overrides_write(folder, rules_write(folder), a_file, until)
        runs = [check(vigil, folder, expected) for _ in range(RUNS)]
        return [round(statistics.median(column), 3) for column in zip(*runs)]


def main():
    args = arguments(__doc__.split("\n")[0])
    vigil = os.path.join(os.environ.get("VIGIL_BUILD", "build"), "cli", "vigil")
    until = time.strftime("%Y-%m-%d", time.localtime(time.time() + 90 * 86400))
    begin = cpu_times()
    seconds, cpu_s = measure(vigil, 5000, until)
    result = {"name": "check", "seconds": seconds, "cpu_s": cpu_s, "rules": RULES, "overrides": OVERRIDES}
    if args.full:
        result["one_file_seconds"], result["one_file_cpu_s"] = measure(vigil, OVERRIDES, until)
        result["all_ended_seconds"] = measure(vigil, 5000, "2026-01-01", f"{OVERRIDES} warnings")[0]
        say(f"overrides in 20 files: {seconds} s; in one: {result['one_file_seconds']} s; "
            f"each with a warning: {result['all_ended_seconds']} s")
    result["cpu_other_pct"] = round(cpu_other_pct(begin, cpu_of_children()))
    result["machine"] = machine()
    say(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
