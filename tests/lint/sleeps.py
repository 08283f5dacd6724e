#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A flow waits for a condition with a timeout (wait_until), and never for a fixed time, which is too short on a slow
machine and wasted on a fast one. To show that something does not happen, a flow waits for something that happens after
it. The exceptions are _flow.pass_by and _flow.at_any_moment; their callers are listed here with the reasons.

    sleeps.py ROOT"""

import ast
import glob
import os
import sys

HELPERS = ("pass_by", "at_any_moment")
ALLOWED = {
    ("_flow.py", "pass_by"): "the helper itself",
    ("_flow.py", "at_any_moment"): "the helper itself",
    ("alerting_outages.py", "test_a_broker_that_stands_still_is_said_and_sigterm_obeyed"): "an outage longer than Kafka's session",
    ("alerting_two.py", "test_who_stood_still_does_not_act_on_what_was_answered_elsewhere"): "a stand-still longer than a step",
    ("deafness.py", "expect_deaf_then_silence"): "an outage longer than the limit of the rule",
    ("outages.py", "outages"): "outages of 5 to 12 s",
    ("outages.py", "test_mosquitto_is_away_and_the_press_is_paged_when_it_is_back"): "outages of 5 to 12 s",
    ("alerting.py", "test_kills_around_an_answer_leave_each_number_of_the_ledger_once"): "kills at drawn moments",
    ("ingest_kill.py", "test_killed_twenty_times_under_load_it_loses_nothing"): "kills at drawn moments",
}


def sleeps(source):
    """[(line, innermost function or "")] of every call that sleeps."""
    found = []

    def walk(node, function):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = node.name
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "sleep" or called in HELPERS:
                found.append((node.lineno, function))
        for child in ast.iter_child_nodes(node):
            walk(child, function)

    walk(ast.parse(source), "")
    return found


def main():
    used = set()
    bad = 0
    paths = sorted(glob.glob(os.path.join(sys.argv[1] if len(sys.argv) > 1 else ".", "tests", "flow", "*.py")))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line, function in sleeps(file.read()):
                where = os.path.basename(path), function
                used.add(where)
                if where not in ALLOWED:
                    bad = 1
                    print(f"{path}:{line}: {function or 'this'} sleeps: wait for a condition with wait_until, or for "
                          "something that comes after what must not come")
    for file, function in sorted(set(ALLOWED) - used):
        bad = 1
        print(f"tests/lint/sleeps.py: {function} of {file} does not sleep any more: take it off the list")
    if not paths:
        bad = 1
        print("found no flows: this check has lost its way")
    return bad


if __name__ == "__main__":
    sys.exit(main())
