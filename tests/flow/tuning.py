#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What operators need from rule files, one test for each need, through the commands check, test, explain and replay.

The numbers C1 to C20 are the rows of the project's list of needs. These commands need no server, so none is started.
rules.py and kill_in_the_middle.py test what must also hold on real servers.
"""

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

from _flow import expect, main

from stack.stack import ROOT

HEART = """\
version: 1
rules:
  - id: heart
    title: { zh: 心率过高, en: Heart rate high }
    when: { vital: heart_rate, above: 120, clear_below: 110, for: 60s, min_samples: 3 }
    severity: critical
    page: vital-now
    advice: { zh: 呼叫老人, en: Call the elder }
"""
SILENT = """\
version: 1
rules:
  - id: silent
    title: { zh: 设备离线, en: Device offline }
    when: { offline: any, heartbeats: 1 }
    severity: minor
    page: technical
"""
SCORE = """\
version: 1
rules:
  - id: score
    title: { zh: 预警评分, en: Early warning score }
    when: { score: news2, at_least: 5, single_three: true, needs: 2, max_age: 1h, scale_2_for: [ hypercapnia ] }
    severity: major
    page: vital-now
"""
LADDERS = os.path.join(ROOT, "configs", "escalation.yaml")
REGISTRY = os.path.join(ROOT, "configs", "registry")


class Desk:
    """A folder of rule files and the command line, as an operator has them."""

    def __init__(self, stack):
        self.vigil = os.path.join(stack(programs=()).build, "cli", "vigil")
        self.folder = tempfile.TemporaryDirectory()
        os.symlink(LADDERS, os.path.join(self.folder.name, "escalation.yaml"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def path(self, *parts):
        return os.path.join(self.folder.name, *parts)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def run(self, *args, code=0, lang="en_US.UTF-8"):
        done = subprocess.run([self.vigil, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=60, cwd=self.folder.name,
                              env={**os.environ, "LC_ALL": lang, "LC_MESSAGES": lang, "NO_COLOR": "1"})
        expect(done.returncode == code, f"vigil {' '.join(args)}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def version(self):
        return re.search(r"Version (\w{16})", self.run("check", "rules")).group(1)

    def test(self, rules, tests, code=0, *options):
        self.write("rules/rules.yaml", rules)
        self.write("rules/rules.test.yaml", "version: 1\ntests:\n" + tests)
        return self.run("test", "rules", *options, code=code)


def says(text, *words):
    for word in words:
        expect(word in text, f"{word!r} in:\n{text}")


# --- before a change ---------------------------------------------------------------------------------


def test_c01_rules_are_text_files_whose_difference_is_the_change(stack):
    with Desk(stack) as desk:
        desk.write("rules/heart.yaml", HEART)
        before = desk.version()
        desk.write("rules/heart.yaml", HEART.replace("rules:\n", "# as the ward has it\n\nrules:\n"))
        expect(desk.version() == before, "a comment makes no other version")
        changed = HEART.replace("above: 120", "above: 125")
        desk.write("rules/heart.yaml", changed)
        expect(desk.version() != before, "a limit does")
        lines = [line for line in difflib.unified_diff(HEART.splitlines(), changed.splitlines(), lineterm="")
                 if line[0] in "+-" and line[1:2] not in "+-"]
        expect(len(lines) == 2, f"one limit is one line: {lines}")


def test_c02_every_mistake_of_every_file_is_named_with_its_place_before_anything_is_loaded(stack):
    with Desk(stack) as desk:
        desk.write("rules/a.yaml", HEART.replace("clear_below", "claer_below").replace("60s", "60sec"))
        desk.write("rules/b.yaml", SILENT.replace("minor", "miner"))
        said = desk.run("check", "rules", code=1)
        says(said, "rules/a.yaml:5:", "R012", 'did you mean "clear_below"?', "R021", "rules/b.yaml:6:", "^^^",
             "3 errors")
        says(desk.run("check", "rules", code=1, lang="zh_CN.UTF-8"), "rules/a.yaml:5:", "R012", "错误")
        says(desk.run("help", "R012"), "R012")


def test_c03_rules_are_tested_by_files_beside_them(stack):
    case = """\
  - name: a minute over 120
    events: [ { at: 0s, vital: heart_rate, value: %d, every: 20s, repeat: 4 } ]
    expect: [ { at: 1m, open: [ heart ] } ]
"""
    with Desk(stack) as desk:
        says(desk.test(HEART, case % 130), "1 of 1 tests passed, 0 failed")
        says(desk.test(HEART, case % 120, 1), "rules.test.yaml:5:", "T020", "1 failed")
        says(desk.test(HEART, case % 130, 0, "-o", "tap"), "ok 1")
        desk.test(HEART, case % 130, 0, "--junit", "junit.xml")
        with open(desk.path("junit.xml"), encoding="utf-8") as file:
            says(file.read(), "<testcase", 'failures="0"')


def test_c04_a_test_runs_at_the_local_date_and_time_it_names(stack):
    night = HEART.replace("min_samples: 3 }", 'min_samples: 3, during: [ { from: "22:00", to: "06:00" } ] }')
    with Desk(stack) as desk:
        desk.write("rules/rules.yaml", night)
        desk.write("rules/london.test.yaml", """\
version: 1
time_zone: Europe/London
tests:
  - name: the night the clocks go back is an hour longer
    at: "2026-10-25 05:57"
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 20 } ]
    expect: [ { at: 1m, raised: heart } ]
  - name: and by day nobody asks
    at: "2026-10-25 06:00"
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 20 } ]
    expect: [ { none: heart } ]
""")
        says(desk.run("test", "rules"), "2 of 2 tests passed, 0 failed")


def test_c05_one_test_follows_an_event_to_the_alert_what_holds_it_back_the_page_and_the_next_step(stack):
    rules = SILENT.replace("silent", "hub").replace("any", "[ gateway ]") + """\
  - id: sensor
    title: { zh: 传感器离线, en: Sensor offline }
    when: { offline: [ motion_sensor ], heartbeats: 2 }
    inhibited_by: [ hub ]
    severity: major
    page: check-in
"""
    with Desk(stack) as desk:
        says(desk.test(rules, """\
  - name: behind the hub, and then on its own up the ladder
    elder: { devices: [ { id: G, class: gateway, heartbeat: 5m }, { id: M, class: motion_sensor, heartbeat: 5m } ] }
    events:
      - { at: 0s, device: G, event: heartbeat }
      - { at: 0s, device: M, event: heartbeat }
      - { at: 1h, device: G, event: heartbeat, every: 4m, repeat: 4 }
    answers: [ { at: 61m, as: F1, decline: sensor }, { at: 61m, as: F2, decline: sensor } ]
    expect:
      - { at: 5m, page: [ desk ], rule: hub }
      - { none: sensor, to: 59m }
      - { at: 1h, cleared: hub }
      - { at: 1h, page: [ F1, F2 ], step: 1, rule: sensor }
      - { at: 61m, page: [ T1 ], step: 2, rule: sensor }
"""), "1 of 1 tests passed, 0 failed")


def test_c06_what_no_test_went_through_is_named(stack):
    case = """\
  - name: raised and no more
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 4 } ]
    expect: [ { raised: heart } ]
"""
    with Desk(stack) as desk:
        says(desk.test(HEART, case, 1, "--coverage-at-least", "100"), "heart: never cleared", "never reached step")


# --- on recorded events ------------------------------------------------------------------------------


def line_of(elder, seconds, kind, value, sequence):
    at_ms = 1790000000000 + seconds * 1000
    return json.dumps({"elder": elder, "device": "W-" + elder, "kind": kind, "value": value, "sequence": sequence,
                       "device_time_ms": at_ms, "received_time_ms": at_ms + 200})


def a_night(desk):
    """Write recorded events: for ten minutes the heart rate of E1 is 130 and that of E2 is 124."""
    lines = [line_of(elder, second, "heart_rate", value, second)
             for second in range(0, 600, 20) for elder, value in (("E1", 130), ("E2", 124))]
    return desk.write("night.jsonl", "\n".join(lines) + "\n")


def changes_of(desk, old, new):
    desk.write("old/r.yaml", old)
    desk.write("new/r.yaml", new)
    return json.loads(desk.run("replay", "old", "new", "--events", a_night(desk), "-o", "json").splitlines()[-1])


def test_c07_recorded_events_are_judged_by_changed_rules(stack):
    with Desk(stack) as desk:
        totals = changes_of(desk, HEART, HEART)["total"]
        expect((totals["old"], totals["new"], totals["lost"]) == (2, 2, 0), totals)
        totals = changes_of(desk, HEART, HEART.replace("120", "125"))["total"]
        expect((totals["old"], totals["new"], totals["lost"]) == (2, 1, 1), totals)


def test_c08_a_shadow_rule_is_judged_and_counted_and_pages_nobody(stack):
    with Desk(stack) as desk:
        says(desk.test(HEART + "    shadow: true\n", """\
  - name: judged, and nobody is called
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 4 } ]
    expect: [ { at: 1m, raised: heart }, { pages: 0 } ]
"""), "1 of 1 tests passed, 0 failed")


def test_c09_what_a_change_would_have_done_is_a_table_json_and_a_picture(stack):
    with Desk(stack) as desk:
        changes_of(desk, HEART, HEART.replace("120", "125"))
        said = desk.run("replay", "old", "new", "--events", "night.jsonl", "--report", "night.html")
        says(said, "heart", "E2", "lost")
        with open(desk.path("night.html"), encoding="utf-8") as file:
            page = file.read()
        says(page, "<svg", "E2", "heart")
        expect("http://" not in page.replace("http://www.w3.org", "") and "<script" not in page,
               "a page that fetches nothing")


# --- on a running engine -----------------------------------------------------------------------------


def test_c10_a_reload_keeps_the_timers_of_rules_that_did_not_change(stack):
    with Desk(stack) as desk:
        desk.write("other/rules.yaml", HEART + SILENT.split("rules:\n")[1])
        says(desk.test(HEART, """\
  - name: forty seconds before, twenty after
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 6 } ]
    changes: [ { at: 50s, reload: ../other } ]
    expect: [ { at: 60s, raised: heart }, { raised: heart, count: 1 } ]
"""), "1 of 1 tests passed, 0 failed")


def test_c11_a_limit_that_changes_while_something_is_under_way_has_a_defined_result(stack):
    with Desk(stack) as desk:
        desk.write("higher/rules.yaml", HEART.replace("120", "140"))
        desk.write("longer/rules.yaml", HEART.replace("60s", "90s"))
        says(desk.test(HEART, """\
  - name: pending, and no longer over the new limit
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 9 } ]
    changes: [ { at: 50s, reload: ../higher } ]
    expect: [ { none: heart } ]
  - name: pending, and the new duration counts from when it began
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 9 } ]
    changes: [ { at: 50s, reload: ../longer } ]
    expect: [ { none: heart, to: 99s }, { at: 100s, raised: heart } ]
  - name: raised, it stays until a reading is beyond the clear limit
    events: [ { at: 0s, vital: heart_rate, values: [ 130, 130, 130, 130, 130, 115, 105 ], every: 20s } ]
    changes: [ { at: 70s, reload: ../higher } ]
    expect: [ { at: 101s, open: [ heart ] }, { at: 2m, cleared: heart } ]
"""), "3 of 3 tests passed, 0 failed")


# --- overrides and scope -----------------------------------------------------------------------------

OVERRIDE = """\
  - { %s, rule: heart, set: { above: %d, clear_below: %d }, reason: 医嘱, until: 2027-01-31 }
"""


def test_c12_one_person_can_have_other_limits(stack):
    rules = HEART + "overrides:\n" + OVERRIDE % ("elder: E2", 140, 130)
    with Desk(stack) as desk:
        says(desk.test(rules, """\
  - name: E1 has the rule's, E2 her own
    at: "2026-11-26 10:00"
    registry: { elders: [ E2 ] }
    events:
      - { at: 0s, vital: heart_rate, value: 135, every: 20s, repeat: 9 }
      - { at: 0s, elder: E2, vital: heart_rate, values: [ 135, 135, 135, 135, 141 ], every: 20s, repeat: 12 }
    expect:
      - { at: 1m, raised: heart, elder: E1, overridden: false }
      - { none: heart, elder: E2 }
"""), "1 of 1 tests passed, 0 failed")


def test_c13_city_district_and_person_lie_upon_each_other_and_each_value_says_where_it_is_from(stack):
    rules = (HEART + "overrides:\n" + OVERRIDE % ("city: true", 125, 115) + OVERRIDE % ("district: gongshu", 130, 120)
             + OVERRIDE % ("elder: E0002", 150, 140))
    with Desk(stack) as desk:
        desk.write("rules/rules.yaml", rules)
        for elder, limit, whose in (("E0002", "150", "elder"), ("E0001", "130", "gongshu")):
            said = desk.run("explain", "heart", "--elder", elder, "--rules", "rules", "--registry", REGISTRY,
                            "--at", "2026-11-26T10:00:00+08:00", "--lang", "en")
            line = next(line for line in said.splitlines() if re.match(r"[* ]*above\b", line))
            says(line, limit, "rules.yaml:")
            says(said, whose, "医嘱", "2027-01-31")


def test_c14_overnight_windows_weekdays_holidays_and_the_sites_time_zone(stack):
    rules = "holidays: [ 2026-10-01 ]\n" + HEART.replace("min_samples: 3 }", """min_samples: 3, during: [
      { from: "22:00", to: "06:00", days: [ mon, tue, wed, thu, fri ], holidays: except } ] }""")
    rules = rules.replace("holidays: [ 2026-10-01 ]\nversion: 1", "version: 1\nholidays: [ 2026-10-01 ]")
    case = """\
  - name: %s
    at: "%s"
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 4 } ]
    expect: [ { %s: heart } ]
"""
    cases = (("a Friday evening", "2026-11-27 23:00", "raised"), ("goes on into Saturday", "2026-11-28 05:00", "raised"),
             ("a Saturday evening", "2026-11-28 23:00", "none"), ("noon", "2026-11-27 12:00", "none"),
             ("a holiday", "2026-10-01 23:00", "none"), ("the day before it", "2026-09-30 23:00", "raised"))
    with Desk(stack) as desk:
        says(desk.test(rules, "".join(case % row for row in cases)), "6 of 6 tests passed, 0 failed")


# --- how readings are judged -------------------------------------------------------------------------


def test_c15_an_alert_is_raised_at_one_limit_and_over_at_another(stack):
    with Desk(stack) as desk:
        says(desk.test(HEART, """\
  - name: between the two it stays
    events: [ { at: 0s, vital: heart_rate, values: [ 130, 130, 130, 130, 119, 112, 109 ], every: 20s } ]
    expect: [ { at: 1m, raised: heart }, { at: 101s, open: [ heart ] }, { at: 2m, cleared: heart } ]
"""), "1 of 1 tests passed, 0 failed")


def test_c16_a_duration_is_measured_in_the_time_of_the_readings_and_a_late_batch_is_told_as_late(stack):
    with Desk(stack) as desk:
        says(desk.test(HEART, """\
  - name: four readings that arrive together lasted a minute all the same
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 4, arrives: 90s } ]
    expect: [ { at: 90s, raised: heart } ]
  - name: an hour old they are a record for the desk, and no call to the family
    events: [ { at: 0s, vital: heart_rate, value: 130, every: 20s, repeat: 4, arrives: 1h } ]
    expect: [ { at: 1h, late: heart, late_at_least: 58m }, { at: 1h, page: [ desk ] }, { pages: 1, to: "09:00:29" } ]
"""), "2 of 2 tests passed, 0 failed")


def test_c17_silence_is_told_without_any_traffic_and_from_the_day_a_device_is_registered(stack):
    with Desk(stack) as desk:
        says(desk.test(SILENT, """\
  - name: never heard
    elder: { devices: [ { id: W1, class: wristband, heartbeat: 15m } ] }
    until: 20m
    expect: [ { none: silent, to: 14m }, { at: 15m, raised: silent, device: W1 } ]
"""), "1 of 1 tests passed, 0 failed")


def test_c18_our_own_restart_makes_nobody_silent(stack):
    devices = ", ".join(f"{{ id: W{i}, class: wristband, heartbeat: 5m }}" for i in range(12))
    events = "\n".join(f"      - {{ at: 0s, device: W{i}, event: heartbeat, every: 4m, until: 3h }}"
                       for i in range(12))
    with Desk(stack) as desk:
        says(desk.test(SILENT, f"""\
  - name: away for an hour, and what waited is read first
    elder: {{ devices: [ {devices} ] }}
    events:
{events}
    changes: [ {{ at: 1h, restart: 1h }} ]
    expect: [ {{ none: silent }} ]
"""), "1 of 1 tests passed, 0 failed")


def test_c18_a_broker_that_was_away_makes_nobody_silent_but_who_is(stack):
    devices = ", ".join(f"{{ id: W{i}, class: wristband, heartbeat: 5m }}" for i in range(12))
    events = "\n".join(f"      - {{ at: 0s, device: W{i}, event: heartbeat, every: 4m, until: 3h }}"
                       for i in range(12))
    with Desk(stack) as desk:
        says(desk.test(SILENT, f"""\
  - name: away for twenty minutes
    elder: {{ devices: [ {devices} ] }}
    events:
{events}
    changes: [ {{ at: 1h, deaf: 20m }} ]
    expect: [ {{ none: silent, to: 3h }} ]
  - name: silent all the while, of which 20 minutes do not count
    elder: {{ devices: [ {{ id: W0, class: wristband, heartbeat: 15m }} ] }}
    events: [ {{ at: 0s, device: W0, event: heartbeat, every: 10m, until: 1h }} ]
    changes: [ {{ at: 70m, deaf: 20m }} ]
    until: 2h
    expect: [ {{ none: silent, to: 94m }}, {{ at: 95m, raised: silent, device: W0 }} ]
"""), "2 of 2 tests passed, 0 failed")


def test_c19_news2_with_both_scales_the_single_three_and_what_is_missing_or_old(stack):
    with Desk(stack) as desk:
        says(desk.test(SCORE, """\
  - name: five of two parameters
    events: [ { at: 0s, vital: spo2, value: 93 }, { at: 1s, vital: respiration_rate, value: 25 } ]
    expect: [ { at: 1s, raised: score, value: 5 } ]
  - name: on scale 2 by prescription the same oxygen scores nothing, and the breath alone is a three
    elder: { conditions: [ hypercapnia ] }
    events: [ { at: 0s, vital: spo2, value: 93 }, { at: 1s, vital: respiration_rate, value: 25 } ]
    expect: [ { at: 1s, raised: score, value: 3 } ]
  - name: what is older than its limit counts as not measured
    events: [ { at: 0s, vital: spo2, value: 91 }, { at: 61m, vital: respiration_rate, value: 22 } ]
    expect: [ { none: score } ]
"""), "3 of 3 tests passed, 0 failed")


def test_c20_an_alert_says_which_samples_which_limit_whose_and_by_which_rules(stack):
    alert = {"v": 1, "alert_id": "6f1e0c5ab1d24e0f8c0a3b9d55e1f7a2", "rule": "heart", "rule_set": "9c0f3a5e77d1b2c4",
             "elder": "E0002", "device": "W-2", "event_id": "W-2:3:42", "transition": "raised", "class": "vital",
             "severity": 1, "severity_name": "critical", "latching": False, "drill": False, "shadow": False,
             "event_time_ms": 1790000060000, "received_time_ms": 1790000060200, "raised_time_ms": 1790000060205,
             "late_ms": 0, "ladder": "vital-now", "title": {"zh": "心率过高", "en": "Heart rate high"},
             "advice": {"zh": "呼叫老人", "en": "Call the elder"},
             "evidence": {"signal": "heart_rate", "value": 133, "limit": 120, "duration_ms": 60000, "samples": 4,
                          "confidence_pct": 100, "overridden": False, "since_ms": 1790000000000, "needed_ms": 60000,
                          "needed_samples": 3, "history": [[1790000040000, 131], [1790000060000, 133]]},
             "trace": {"received_us": 1790000060200000, "judged_us": 1790000060205000}}
    with Desk(stack) as desk:
        desk.write("rules/rules.yaml", HEART)
        desk.write("alerts.jsonl", json.dumps(alert) + "\n")
        desk.write("ledger.jsonl", "")
        said = desk.run("explain", alert["alert_id"], "--alerts", "alerts.jsonl", "--ledger", "ledger.jsonl",
                        "--rules", "rules", "--registry", REGISTRY, "--lang", "en")
        says(said, "131", "133", "120 (the rule's)", "9c0f3a5e77d1b2c4: there is another one now")
        desk.run("explain", "0" * 32, "--alerts", "alerts.jsonl", "--ledger", "ledger.jsonl", "--rules", "rules",
                 "--registry", REGISTRY, code=1)
        desk.run("explain", alert["alert_id"], "--alerts", "alerts.jsonl")
        says(desk.run("explain", alert["alert_id"], "--rules", "rules", code=2), "no configuration")
        says(desk.run("explain", "heart", "--alerts", "alerts.jsonl", code=2), "no configuration")


if __name__ == "__main__":
    sys.exit(main(globals()))
