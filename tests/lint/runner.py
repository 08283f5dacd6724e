#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Test of tests/run_tests.py: it counts the TAP output of a test program as passed, failed, and skipped with the
reason, shows again why a case failed, and knows which reasons are accepted where everything can be installed."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from run_tests import may_be_skipped, reason_of, tap_cases  # noqa: E402  (after the path above)

SAID = """\
1..5
ok 1 - test_it_stands
not ok 2 - test_it_falls
# in words
ok 3 - test_of_a_flow # SKIP needs the real Kafka
skipped: recorded.ndjson is not there
not ok 4 # SKIP test_of_cmocka
ok 5
"""
COUNTED = [(True, "test_it_stands", None), (False, "test_it_falls", None),
           (True, "test_of_a_flow", "needs the real Kafka"),
           (True, "test_of_cmocka", "recorded.ndjson is not there"), (True, "?", None)]

if reason_of("test_it_falls", "ok 1 - test_it_stands\n# waited 30 s\nnot ok 2 - test_it_falls\n# later\n") != ["# waited 30 s"]:
    sys.exit("the reason of a failed case is what was printed before it")
if tap_cases(SAID) != COUNTED:
    sys.exit(f"counted {tap_cases(SAID)}")
for reason, allowed in (("clang-format 14 is not installed", True), ("../shared/data/x.xz is not there", True),
                        ("needs the real Kafka", False), ("spin is not installed", False),
                        ("git is not installed, or this is no checkout", False), ("no reason given", False)):
    if may_be_skipped(reason) != allowed:
        sys.exit(f"with CI set, skipping because {reason!r} is {'refused' if allowed else 'allowed'}")
