# SPDX-License-Identifier: MIT
"""What every flow shares: its tests are the functions named test_…, told as sentences in TAP."""

import argparse
import os
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from stack import kafka  # noqa: E402  (after the path above)
from stack.stack import Stack  # noqa: E402


class Skip(Exception):
    """Raised by a test that cannot run here; the reason is counted and shown."""


def broker():
    return "mock" if os.environ.get("VIGIL_TEST_KAFKA") == "mock" or not kafka.is_available() else "real"


def needs_real_kafka():
    if broker() != "real":
        raise Skip("needs the real Kafka")


def expect(truth, what):
    """assert that survives -O and says @what was expected."""
    if not truth:
        raise AssertionError(what)


def main(module):
    """Run the tests of @module (a flow's globals()). Exit status: 0 when all passed."""
    args = argparse.ArgumentParser()
    args.add_argument("--build", default="build")
    args.add_argument("--keep", action="store_true", help="keep the stack's folder")
    args.add_argument("test", nargs="*", help="only these, by name")
    args = args.parse_args()

    tests = [(name, test) for name, test in module.items()
             if name.startswith("test_") and (not args.test or name in args.test)]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test(lambda **options: Stack(args.build, broker(), keep=args.keep, **options))
            print(f"ok {number} - {name}", flush=True)
        except Skip as why:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
        except Exception:  # any failure is this test's, and the next one still runs
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {number} - {name}", flush=True)
    return 1 if failed else 0
