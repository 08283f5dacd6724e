#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rules beyond a help button, from the MQTT message to the page, on real servers with the sample rules: acceleration,
a score of several vitals, late readings."""

import os
import sys
import time

from _flow import expect, main
from _world import World

from stack.proc import wait_until
from stack.stack import ROOT

SAMPLES = os.path.join(ROOT, "configs", "rules", "samples")
RATE_HZ = 50


def samples_of(name):
    with open(os.path.join(SAMPLES, name), encoding="utf-8") as file:
        return [[int(cell) for cell in line.split(",")] for line in file]


def wear(world, samples):
    """Publish acceleration as a wristband does: in blocks of one second, of which the last begins a second ago."""
    blocks = [samples[at:at + RATE_HZ] for at in range(0, len(samples), RATE_HZ)]
    begin_ms = int(time.time() * 1000) - len(blocks) * 1000
    for number, block in enumerate(blocks):
        code = world.press("band-1", seq=number + 1, kind="acceleration", t=begin_ms + number * 1000,
                           rate_hz=RATE_HZ, samples=block)
        expect(code == 0, "the broker takes a block")


def say(world, kind, value, seq, **more):
    expect(world.press("band-1", seq=seq, kind=kind, value=value, **more) == 0, f"the broker takes {kind}")


def alert_of(world, rule, transition="raised", timeout_s=10):
    found = []

    def there():
        found[:] = [alert for alert in world.topic("alerts")
                    if alert["rule"] == rule and alert["transition"] == transition]
        return found

    wait_until(there, timeout_s, f"{rule} {transition}; there is {world.topic('alerts')}")
    expect(len(found) == 1, f"once: {found}")
    return found[0]


def test_a_fall_in_the_acceleration_of_a_wristband_pages_family_and_team(stack):
    with World(stack()) as world:
        pagers = {who: world.pager(who) for who in ("F1a", "F1b", "T-near")}
        wear(world, samples_of("fall-wrist.csv"))
        # The hold is 20 s: the elder can cancel for so long after the impact.
        for who, pager in pagers.items():
            page = pager.wait("page", timeout_s=40)
            expect(page["rule"] == "fall-motion" and page["severity"] == 1, f"{who} is paged for the fall: {page}")
        alert = alert_of(world, "fall-motion")
        expect(alert["device"] == "band-1" and alert["class"] == "life_safety", alert)
        expect(world.topic("quarantine") == [], "nothing is in quarantine")


def test_a_score_of_several_vitals_says_so_in_its_title_and_gets_worse(stack):
    with World(stack()) as world:
        say(world, "respiration_rate", 22, 1)
        say(world, "spo2", 93, 2)
        say(world, "heart_rate", 95, 3)
        alert = alert_of(world, "news2")
        expect(alert["title"]["en"] == "NEWS2 5 (3 of 7)", alert["title"])
        expect("5" in alert["title"]["zh"] and "3/7" in alert["title"]["zh"], alert["title"])
        expect((alert["severity"], alert["evidence"]["value"], alert["evidence"]["limit"]) == (2, 5, 5), alert)
        say(world, "systolic_bp", 95, 4)
        worse = alert_of(world, "news2", "severity_changed")
        expect(worse["severity"] == 1 and worse["alert_id"] == alert["alert_id"], worse)
        expect(worse["title"]["en"] == "NEWS2 7 (4 of 7)", worse["title"])


def test_an_hour_old_readings_are_told_to_the_desk_alone_and_say_how_old_they_are(stack):
    with World(stack()) as world:
        desk, family = world.pager("desk-main"), world.pager("F1a")
        hour_ago_ms = int(time.time() * 1000) - 3600 * 1000
        for number in range(4):
            say(world, "heart_rate", 140 + number, number + 1, t=hour_ago_ms + number * 20000, buffered=True)
        page = desk.wait("page")
        expect(page["rule"] == "heart-rate-high" and page["late_ms"] > 3500 * 1000, f"as old as it is: {page}")
        alert = alert_of(world, "heart-rate-high")
        history = alert["evidence"]["history"]
        expect([value for _, value in history][-1] == 143 and history[0][0] >= hour_ago_ms, f"what led to it: {history}")
        expect(family.pages() == [], "the family is not called for what was an hour ago")


if __name__ == "__main__":
    sys.exit(main(globals()))
