#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wall time of `vigil test` for a year of one elder: reading, rules, engine and pages. Median over rounds."""

import json
import os
import statistics
import subprocess
import sys
import time

import _bench

ROUNDS = 5
ROUNDS_FULL = 25


def run_once(vigil):
    begin = time.perf_counter()
    done = subprocess.run([vigil, "test", "bench/year.test.yaml", "--json"], cwd=_bench.ROOT, capture_output=True,
                          text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"the year did not pass:\n{done.stdout}{done.stderr}")
    return seconds, json.loads(done.stdout)


def main():
    args = _bench.arguments(__doc__)
    vigil = os.path.join(_bench.ROOT, os.environ.get("VIGIL_BUILD", "build"), "cli/vigil")
    begin = _bench.cpu_times()
    rounds = [run_once(vigil) for _ in range(ROUNDS_FULL if args.full else ROUNDS)]
    seconds = statistics.median(taken for taken, _ in rounds)
    result = rounds[0][1]
    return _bench.finish("test", {
        "seconds": round(seconds, 3),
        "slowest_seconds": round(max(taken for taken, _ in rounds), 3),
        "events": result["events"],
        "events_per_s": round(result["events"] / seconds),
        "cpu_other_pct": round(_bench.cpu_other_pct(begin, sum(taken for taken, _ in rounds))),
    })


if __name__ == "__main__":
    sys.exit(main())
