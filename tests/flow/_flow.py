# SPDX-License-Identifier: MIT
"""Shared by all flows: the runner. Tests are the functions named test_…; it runs them and reports in TAP."""

import argparse
import os
import re
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from stack import kafka  # noqa: E402  (after the path above)
from stack.stack import Stack  # noqa: E402


class Skip(Exception):
    """Raised by a test that cannot run here. The report shows the reason."""


def broker():
    return "mock" if os.environ.get("VIGIL_TEST_KAFKA") == "mock" or not kafka.is_available() else "real"


def needs_real_kafka():
    if broker() != "real":
        raise Skip("needs the real Kafka")


def expect(truth, what):
    """An assert that python -O does not remove. Its error says @what was expected."""
    if not truth:
        raise AssertionError(what)


def pass_by(seconds, since):
    """Sleep until @seconds after @since (time.monotonic()): the length of an outage in which nothing may happen. For
    anything else a test uses wait_until(). tests/lint/sleeps.py lists the allowed callers."""
    time.sleep(max(0.0, since + seconds - time.monotonic()))


def at_any_moment(chance, earliest_s, latest_s):
    """Sleep for a random time, before a kill that must do no harm at any moment. @chance: a seeded random.Random."""
    time.sleep(chance.uniform(earliest_s, latest_s))


def main(module, parts=None):
    """Run the tests of @module (a flow's globals()). Return: exit status, 0 if all passed.
    @parts: lists of test names, or how many such lists to make. The lists run in parallel, each in its own process."""
    args = argparse.ArgumentParser()
    args.add_argument("--build", default="build")
    args.add_argument("--keep", action="store_true", help="keep the stack's folder")
    args.add_argument("test", nargs="*", help="only these, by name")
    args = args.parse_args()

    tests = [(name, test) for name, test in module.items()
             if name.startswith("test_") and (not args.test or name in args.test)]
    print(f"1..{len(tests)}", flush=True)
    if parts and not args.test:
        names = [name for name, _ in tests]
        return run_parts(module, [names[i::parts] for i in range(parts)] if isinstance(parts, int) else parts, names, args)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test(lambda **options: Stack(args.build, broker(), keep=args.keep, **options))
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:  # whatever fails, only this test fails; the next one still runs
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {number} - {name}", flush=True)
    return 1 if failed else 0


def run_parts(module, parts, names, args):
    """Run the parts in parallel and merge their output into one TAP stream. Return: exit status."""
    expect(sorted(name for part in parts for name in part) == sorted(names), "each test is in one part")
    argv = [sys.executable, module["__file__"], "--build", args.build, *(["--keep"] if args.keep else [])]
    running = [subprocess.Popen([*argv, *part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for part in parts]
    failed = number = 0
    for part, program in zip(parts, running):
        output, _ = program.communicate()
        failed |= program.returncode
        told = 0
        for line in output.splitlines():
            case = re.match(r"(not ok|ok) \d+ (- .*)", line)
            if line.startswith("1.."):
                continue
            if case:
                told, number = told + 1, number + 1
                line = f"{case[1]} {number} {case[2]}"
            print(line, flush=True)
        if told != len(part):
            failed = 1
            print(f"not ok {number + 1} - {part[told]} and what follows ended with {program.returncode}", flush=True)
    return 1 if failed else 0
