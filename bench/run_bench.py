#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""./run bench [NAME] [--full]: run one bench or all of them. Each prints one line of JSON at the end."""

import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Name -> command. Each prints its line of JSON last and takes --full.
BENCHES = {
    "check": [sys.executable, "bench/check.py"],
    "kills": [sys.executable, "bench/kills.py"],
    "e2e": [sys.executable, "bench/e2e.py"],
    "engine": ["{build}/bench/engine"],
    "falls": ["{build}/bench/falls"],
    "ingest": [sys.executable, "bench/ingest.py"],
    "outages": [sys.executable, "bench/outages.py"],
    "replay": [sys.executable, "bench/replay.py"],
    "reload": ["{build}/bench/reload"],
    "test": [sys.executable, "bench/rule_test.py"],
    "timers": ["{build}/bench/timers"],
}


def main():
    args = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n")[0])
    args.add_argument("name", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    args.add_argument("--full", action="store_true", help="the long form, with every figure")
    args.add_argument("--build", default="build")
    args = args.parse_args()
    unknown = [name for name in args.name if name not in BENCHES]
    if unknown:
        print(f"no bench is named {unknown[0]}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2

    failed = 0
    for name in args.name or BENCHES:
        argv = [part.format(build=args.build) for part in BENCHES[name]] + (["--full"] if args.full else [])
        env = dict(os.environ, VIGIL_BUILD=args.build)
        failed |= subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
