#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Test of tests/stack/proc.py: if a watched process dies, every wait fails at once and shows the end of its log."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from stack.proc import Failed, Process, wait_until  # noqa: E402  (after the path above)

LIMIT_S = 60

with tempfile.TemporaryDirectory() as folder:
    dying = Process("dying", ["sh", "-c", "echo its last words; exit 7"], folder)
    dying.watched = True
    dying.start()
    begin = time.monotonic()
    try:
        wait_until(lambda: False, LIMIT_S, "what never comes")
        sys.exit("the wait ended well")
    except Failed as why:
        said = str(why)
    if "dying died (status 7)" not in said or "its last words" not in said:
        sys.exit(f"it was said: {said}")
    if time.monotonic() - begin >= LIMIT_S:
        sys.exit("the whole time was waited")
    # The end of a process that was asked to end is not reported.
    dying.end_stop()
    asked = Process("asked", ["sleep", "60"], folder)
    asked.watched = True
    asked.start()
    asked.kill()
    wait_until(lambda: True, 1, "nothing")
    try:
        wait_until(lambda: False, 0.1, "what never comes")
        sys.exit("the wait ended well")
    except Failed as why:
        if "died" in str(why):
            sys.exit(f"one that was killed on purpose was told as dead: {why}")
