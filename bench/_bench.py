# SPDX-License-Identifier: MIT
"""Shared by the benches: the stack, the name of the machine, and the line of JSON at the end."""

import argparse
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from stack import kafka  # noqa: E402  (after the path above)
from stack.stack import Stack  # noqa: E402


def arguments(description, **more):
    args = argparse.ArgumentParser(description=description)
    args.add_argument("--full", action="store_true", help="the long form, with every figure")
    args.add_argument("--keep", action="store_true", help="keep the stack's folder")
    for name, default in more.items():
        args.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    return args.parse_args()


def stack(args, **options):
    if not kafka.is_available():
        sys.exit("this bench needs the real Kafka; ./run fetches it where Maven can be reached")
    return Stack(os.environ.get("VIGIL_BUILD", "build"), "real", keep=args.keep, say=say, **options)


def say(text):
    print(text, flush=True)


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as lines:
        memory_gb = int(next(lines).split()[1]) / 1048576
    return f"{os.cpu_count()} x {model}, {memory_gb:.0f} GB"


def cpu_other_pct(begin, own_s):
    """Percentage of the machine's processor time that other processes have used since @begin = cpu_times(). Latencies
    are not valid if it is above 10. @own_s: processor time of the bench itself."""
    busy, total = cpu_times()
    elapsed = total - begin[1]
    return max(0.0, 100.0 * (busy - begin[0] - own_s) / elapsed) if elapsed > 0 else 0.0


def cpu_times():
    """(busy, total) seconds of all cores since boot."""
    with open("/proc/stat", encoding="ascii") as lines:
        fields = [int(field) / os.sysconf("SC_CLK_TCK") for field in next(lines).split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def finish(name, figures):
    """Print the last line, the JSON with the figures. Return: exit status."""
    print(json.dumps({"name": name, **figures, "machine": machine()}, ensure_ascii=False), flush=True)
    return 0
