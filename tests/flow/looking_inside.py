#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the programs report about themselves: readiness, health, metrics and logs; and what they must never report."""

import os
import re
import sys

from _flow import expect, main
from _world import World
from stack.proc import wait_until
from stack.stack import ROOT

PRIVATE = ("王桂兰", "李国强", "王芳", "13900000001", "13700000011", "一号网格 1 栋")


def served(stack):
    """The metrics that the three programs serve: {name: type}, without vigil_build_info."""
    found = {}
    for program in stack.programs:
        for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", stack.http(program, "/metrics")[1], re.M):
            found[name] = kind
    found.pop("vigil_build_info")
    return found


def test_every_metric_has_its_row_in_the_docs_and_every_row_its_metric(stack):
    with World(stack()) as world:
        with open(os.path.join(ROOT, "docs", "metrics.md"), encoding="utf-8") as page:
            told = dict(re.findall(r"^\| `(vigil_\w+)` \| (counter|gauge|histogram) ", page.read(), re.M))
        found = served(world.stack)
        expect(found == told, f"only served: {sorted(set(found.items()) - set(told.items()))}, "
                              f"only in docs/metrics.md: {sorted(set(told.items()) - set(found.items()))}")


def test_a_press_and_its_answer_leave_no_name_and_no_reading_in_metrics_or_logs(stack):
    with World(stack()) as world:
        pager = world.pager("T-near")
        world.press()
        world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/band-1/heart_rate", '{"seq":1,"value":73.125}'))
        page = pager.wait("page")
        pager.give(page, "accept", eta_s=60)
        pager.wait("stored")
        for program in world.stack.programs:
            text = world.stack.http(program, "/metrics")[1]
            for word in (*PRIVATE, '"E1"', "sos-1", "T-near", "73.125"):
                expect(word not in text, f"/metrics of {program} says {word}")
            with open(world.stack.processes[program].log, encoding="utf-8") as log:
                text = log.read()
            for word in (*PRIVATE, "73.125"):
                expect(word not in text, f"the log of {program} says {word}")
            expect(program != "alerting" or page["alert_id"] in text, "alert ids are in the log")


def test_ready_names_what_is_missing_and_healthy_does_not_mind(stack):
    with World(stack()) as world:
        running = world.stack
        for program in running.programs:
            expect(running.http(program, "/-/ready")[0] == 200, f"{program} is ready")
            expect(running.http(program, "/readyz")[0] == 200, f"{program} knows /readyz")
        running.kill("mosquitto")
        answer = wait_until(lambda: running.http("ingest", "/-/ready")[0] == 503 and running.http("ingest", "/-/ready"),
                            15, "ingest to miss the MQTT broker")
        expect("mqtt" in answer[1].lower(), f"and to say so: {answer[1]!r}")
        running.start("mosquitto")
        wait_until(lambda: running.http("ingest", "/-/ready")[0] == 200, 20, "ingest to be ready again")
        for program in running.programs:
            expect(running.http(program, "/-/healthy")[0] == 200, f"{program} is alive all the same")


def test_a_changed_rule_file_is_taken_up_and_a_wrong_one_is_not(stack):
    with World(stack()) as world:
        running = world.stack
        path = os.path.join(running.folder, "rules", "30-vitals.yaml")
        with open(path, encoding="utf-8") as rules:
            text = rules.read()
        before = running.metric("rules", "vigil_rules_rule_set_hash")
        with open(path, "w", encoding="utf-8") as rules:
            rules.write(text + "\n# a remark\n" + "  - id: half\n    nonsense: true\n")
        wait_until(lambda: running.metric("rules", "vigil_rules_last_reload_successful") == 0, 10,
                   "the wrong file to be refused")
        expect(running.metric("rules", "vigil_rules_rule_set_hash") == before, "the old rules stay in force")
        with open(path, "w", encoding="utf-8") as rules:
            rules.write(text.replace("above: 120", "above: 125"))
        wait_until(lambda: running.metric("rules", "vigil_rules_last_reload_successful") == 1, 10,
                   "the mended file to be taken up")
        expect(running.metric("rules", "vigil_rules_rule_set_hash") != before, "with another version")


if __name__ == "__main__":
    sys.exit(main(globals()))
