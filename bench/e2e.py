#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""End-to-end latency: from a gateway's publish call to the page at a pager, through every server.

2,000 readings per second pass through the whole system while `vigil sim --storm` presses buttons. The figures are the
latencies of the first pages of those presses. In the same run, with the same brokers and load, bench/bare.c sends
probes over each hop without Vigil's code: the lower bound for this machine at this time.
"""

import json
import resource
import subprocess
import sys

from _bench import arguments, cpu_other_pct, cpu_times, finish, say, stack
from stack import kafka
from stack.sim import Sim

RATE = 2000
STORM = 20
PROBES = 20
WARM_S = {"short": 10, "full": 20}
MEASURED_S = {"short": 20, "full": 120}


def start_bare(running, warm_s, measured_s):
    for hop in ("event", "alert", "record"):
        kafka.create_topic(running.port["kafka"], "bare." + hop)
    argv = [f"{running.build}/bench/bare", "--mqtt", running.port["mqtt"], "--kafka", running.port["kafka"],
            "--rate", PROBES, "--warm-s", warm_s, "--for-s", measured_s]
    return running.spawn("bare", argv, stdout=subprocess.PIPE)


def own_cpu_s(running):
    """Processor time of this process, of its children that have ended, and of those that are running."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return (sum(one.ru_utime + one.ru_stime for one in used)
            + sum(process.cpu_s() for process in [*running.processes.values(), *running.extra] if process.alive()))


def main():
    args = arguments(__doc__.split("\n")[0])
    form = "full" if args.full else "short"
    warm_s, measured_s = WARM_S[form], MEASURED_S[form]
    sim = Sim()
    with stack(args, prepare=sim.prepare) as running:
        sim.import_registry()
        say(f"{RATE} readings a second, {STORM} presses a second; {warm_s} s of warm-up, {measured_s} s measured")
        begin, begin_own = cpu_times(), own_cpu_s(running)
        storm = sim.start("--stories", "none", "--rate", RATE, "--storm", STORM, "--warm-up", f"{warm_s}s",
                          "--for", f"{warm_s + measured_s}s", "--quiet")
        bare = start_bare(running, warm_s, measured_s)
        floor = json.loads(bare.popen.communicate(timeout=warm_s + measured_s + 30)[0])
        others_pct = cpu_other_pct(begin, own_cpu_s(running) - begin_own)
        cpu_s = {name: round(process.cpu_s(), 1) for name, process in running.processes.items()}
        result = storm.result(timeout_s=60)
        for line in storm.complaints():
            say(line)
    finish("e2e", {
        "rate": RATE,
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "p999_ms": result["p999_ms"],
        "parts": result["parts"],
        "bare_p50_ms": floor["p50_ms"],
        "bare_p99_ms": floor["p99_ms"],
        "bare_parts": floor["parts"],
        "ratio_p50": round(result["p50_ms"] / floor["p50_ms"], 2),
        "ratio_p99": round(result["p99_ms"] / floor["p99_ms"], 2),
        "pages": result["pages_timed"],
        "pages_missing": result["pages_missing"],
        "cpu_s": cpu_s,
        "cpu_of_others_pct": round(others_pct, 1),
    })
    return 0 if result["pages_missing"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
