#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""While Kafka is down, the duty desk gets a notice of an alarm, marked unprocessed, on a path that needs neither Kafka
nor Redis. When Kafka is back, the alarm is paged once."""

import json
import os
import subprocess
import sys
import time

from _flow import expect, main
from _world import World
from stack.proc import wait_until

TOLD_WITHIN_S = 15


def metric(world, name):
    return world.stack.metric("ingest", "vigil_ingest_" + name)


def states_in(path):
    """The notices that a desk's pager has printed: [(device, state)]."""
    with open(path, encoding="utf-8") as lines:
        news = [json.loads(line) for line in lines if line.endswith("\n")]
    return [(line["device"], line["state"]) for line in news if line["news"] == "notice"]


def test_an_alarm_that_kafka_does_not_take_is_told_to_the_desk(stack):
    with World(stack()) as world:
        desk, team, family = world.pager("desk-main"), world.pager("T-near"), world.pager("F1a")
        shown = os.path.join(world.stack.folder, "shown.json")
        with open(shown, "wb") as out:
            world.stack.spawn("desk-pager", [os.path.join(world.stack.build, "cli", "vigil"), "--config",
                                             world.stack.conf, "--json", "pager", "--as", "desk-main"],
                              stdin=subprocess.PIPE, stdout=out)
        wait_until(lambda: '"welcome"' in open(shown, encoding="utf-8").read(), 10, "the desk's own pager")
        # No group is in progress when Kafka stops.
        world.stack.pause("kafka")
        world.stack.pause("redis")
        try:
            began = time.monotonic()
            expect(world.press(seq=1) == 0, "the MQTT broker takes the press")
            notice = desk.wait("notice", timeout_s=TOLD_WITHIN_S + 5)
            took_s = time.monotonic() - began
            expect(took_s < TOLD_WITHIN_S, f"told after {took_s:.1f} s")
            expect(notice["notice_id"] == "sos-1:1:1" and notice["kind"] == "sos", f"of this press: {notice}")
            expect(notice["elder"]["id"] == "E1" and notice["elder"]["name"] == "王桂兰", f"and whose: {notice}")
            # `vigil pager` of the desk shows the notice and confirms it.
            wait_until(lambda: metric(world, "notices_told_total") == 1, 10, "ingest to hear that the desk has it")
            # Ingest continues to read alarms while Kafka is down, and sends a notice of each at once.
            world.press(device="sos-2", seq=5, district="grid-2")
            desk.wait("notice", lambda body: body["device"] == "sos-2", 10)
            wait_until(lambda: metric(world, "notices_open") == 0, 10, "nothing left to tell")
            expect(world.stack.metric("alerting", "vigil_alerting_connected_endpoints") == 4, "ingest's way is no pager")
            expect(team.pages() == [] and family.of("notice") == [], "nobody but the desk hears of it")
            expect(world.receipts == [], "no receipt: the gateway keeps its alarm")
        finally:
            world.stack.resume("redis")
            world.stack.resume("kafka")
        for seq in ("sos-1:1:1", "sos-2:1:5"):
            world.wait_receipt(seq, 20)
            desk.wait("settled", lambda body, seq=seq: body["notice_id"] == seq)
        wait_until(lambda: len(states_in(shown)) >= 4, 10, "the desk's pager to say that both are over")
        expect(sorted(states_in(shown)) == [("sos-1", "processed"), ("sos-1", "unprocessed"), ("sos-2", "processed"),
                                            ("sos-2", "unprocessed")], f"each once: {states_in(shown)}")
        team.wait("page", timeout_s=20)
        alerts = world.wait_topic("alerts", 2)
        expect(len(alerts) == 2 and len(team.pages()) == len({page["alert_id"] for page in team.pages()}),
               "each press is paged once")
        expect(metric(world, "notices_total") == 2, "two notices")


def test_a_stranger_does_not_hold_up_the_word_of_others(stack):
    """For an alarm of an unknown device, ingest asks Kafka whether the device was just imported, while Kafka is
    down."""
    with World(stack()) as world:
        desk = world.pager("desk-main")
        for away, back in ((world.stack.pause, world.stack.resume), (world.stack.kill, world.stack.start)):
            number = len(desk.of("notice")) + 1
            away("kafka")
            try:
                for stranger in range(3):
                    world.press(device=f"nobody-{number}-{stranger}", seq=1)
                began = time.monotonic()
                world.press(seq=number)
                desk.wait("notice", lambda body, number=number: body["notice_id"] == f"sos-1:1:{number}",
                          TOLD_WITHIN_S + 20)
                took_s = time.monotonic() - began
                print(f"# Kafka {away.__name__}: told after {took_s:.1f} s", flush=True)
                expect(took_s < TOLD_WITHIN_S, f"told after {took_s:.1f} s, Kafka {away.__name__}")
            finally:
                back("kafka")
            world.wait_receipt(f"sos-1:1:{number}", 30)


def test_a_press_that_kafka_takes_is_no_notice(stack):
    with World(stack()) as world:
        desk, team = world.pager("desk-main"), world.pager("T-near")
        world.press(seq=1)
        team.wait("page")
        world.wait_receipt("sos-1:1:1")
        expect(metric(world, "notices_total") == 0 and desk.of("notice") == [], "nothing is told")
        # Only ingest may send a notice: one from a team is refused.
        team.say("notice", {"notice_id": "made-up", "device": "sos-1", "kind": "sos", "elder": "E1", "district": "g"})
        team.say("noticed", {"notice_id": "made-up"})
        wait_until(lambda: world.stack.metric("alerting", "vigil_alerting_frames_refused_total") >= 2, 10,
                   "both to be refused")
        expect(desk.of("notice") == [], "no notice of a team's")


if __name__ == "__main__":
    sys.exit(main(globals()))
