#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Outages of servers, of several lengths, and two processes with one name: every press is paged once to everyone.

The parts run in parallel, each on its own servers: an outage is mostly waiting.
"""

import os
import subprocess
import sys
import time

from _flow import expect, main, needs_real_kafka, pass_by
from _world import World, expect_one_card
from stack.proc import wait_until
from stack.stack import TOPICS

TOLD = ("F1a", "F1b", "T-near")
RETURN_S = 25  # the page must arrive within this time after the outage; bench/outages.py measures it
GIANT_BYTES = 1000100  # the broker accepts it; a copy with headers is too large for Vigil's producers
AWAY_S = (5, 6, 7, 8, 9, 12)  # around every timeout of Kafka's group protocol: a session ends after 6 s


class Street:
    """A World in which one button is pressed repeatedly, and each alert is answered and closed."""

    def __init__(self, world):
        self.world = world
        self.stack = world.stack
        self.pagers = {who: world.pager(who) for who in (*TOLD, "T-far", "desk-main")}
        self.pressed = 0

    def press(self):
        """Press as a gateway does: any reason code other than 0 means not delivered, and it sends again. A broker that
        has just started has no subscriber yet."""
        self.pressed += 1
        wait_until(lambda: self.world.press(seq=self.pressed) == 0, RETURN_S, "the MQTT broker to take the press")
        return self.pressed

    def alerts(self):
        return [alert for alert in self.world.topic("alerts") if "event_id" in alert]

    def told(self, number):
        """Wait until press @number is paged, then accept and close it, because a busy team is not paged for the next
        one."""
        event_id = f"sos-1:1:{number}"
        found = wait_until(lambda: [alert for alert in self.alerts() if alert["event_id"] == event_id],
                           RETURN_S, f"the alert of press {number}")
        alert_id = found[0]["alert_id"]
        pages = {who: self.pagers[who].wait("page", lambda page: page["alert_id"] == alert_id, timeout_s=RETURN_S)
                 for who in TOLD}
        team = self.pagers["T-near"]
        for answer in ({"kind": "accept", "eta_s": 60}, {"kind": "close", "reason": "real"}):
            ack_id = team.give(pages["T-near"], **answer)
            team.wait("stored", lambda body, ack_id=ack_id: body["ack_id"] == ack_id, timeout_s=RETURN_S)

    def expect_each_paged_once(self):
        alerts = {alert["event_id"]: alert["alert_id"] for alert in self.alerts()}
        expect(len(alerts) == self.pressed, f"an alert a press: {self.pressed} presses, {len(alerts)} alerts")
        for who, pager in self.pagers.items():
            pages = pager.pages()
            for event_id, alert_id in alerts.items():
                of_alert = [page for page in pages if page["alert_id"] == alert_id]
                if who in TOLD:
                    expect_one_card(f"{who}, for {event_id},", of_alert)
                else:
                    expect(not of_alert, f"{who} was not meant for {event_id}: {of_alert}")


def outages(world, away, back):
    street = Street(world)
    street.told(street.press())
    for seconds in AWAY_S:
        begin = time.monotonic()
        away()
        number = street.press()
        pass_by(seconds, begin)
        back()
        street.told(number)
        street.told(street.press())
    street.expect_each_paged_once()


def test_kafka_is_killed_for_5_to_12_seconds(stack):
    needs_real_kafka()
    with World(stack()) as world:
        outages(world, lambda: world.stack.kill("kafka"), lambda: world.stack.start("kafka"))


def test_kafka_is_frozen_for_5_to_12_seconds(stack):
    needs_real_kafka()
    with World(stack()) as world:
        outages(world, lambda: world.stack.pause("kafka"), lambda: world.stack.resume("kafka"))


def test_redis_is_away_while_rules_restarts_and_the_press_is_paged_all_the_same(stack):
    needs_real_kafka()
    with World(stack()) as world:
        street = Street(world)
        street.told(street.press())
        world.wait_checkpoint(alarm_events=1)
        world.stack.kill("redis")
        world.stack.kill("rules")
        number = street.press()
        world.stack.start("rules", wait=False)
        street.told(number)
        world.stack.start("redis")
        world.stack.wait_ready("rules")
        street.told(street.press())
        world.wait_checkpoint(alarm_events=street.pressed, timeout_s=20)
        street.expect_each_paged_once()


def test_mosquitto_is_away_and_the_press_is_paged_when_it_is_back(stack):
    needs_real_kafka()
    with World(stack()) as world:
        street = Street(world)
        for away, back in ((world.stack.kill, world.stack.start), (world.stack.pause, world.stack.resume)):
            street.told(street.press())
            begin = time.monotonic()
            away("mosquitto")
            pass_by(4, begin)
            back("mosquitto")
            world.mqtt = world.client("devices-again", world._on_message)
            world.mqtt.subscribe("vigil/receipts/+")
        street.told(street.press())
        street.expect_each_paged_once()


def put_record(stack, topic, value):
    """Write one record into every partition, as a faulty program might."""
    path = os.path.join(stack.folder, "record")
    with open(path, "wb") as file:
        file.write(value)
    for partition in range(TOPICS[topic]):
        subprocess.run(["kcat", "-P", "-b", f"127.0.0.1:{stack.port['kafka']}", "-t", "vigil." + topic, "-p", str(partition),
                        "-k", "no key of ours", "-X", "message.max.bytes=1040000", path], check=True)


def test_a_giant_and_a_garbage_record_in_every_topic_cost_no_press(stack):
    needs_real_kafka()
    with World(stack()) as world:
        street = Street(world)
        street.told(street.press())
        for topic in TOPICS:
            for value in (b"\xff" * GIANT_BYTES, b"{\"v\":1,", b"VF\x01\x00garbage"):
                put_record(world.stack, topic, value)
        street.told(street.press())
        for program in world.stack.programs:  # after a restart the same records are read again
            world.stack.kill(program)
        world.stack.start(*world.stack.programs)
        street.told(street.press())
        street.expect_each_paged_once()


def test_twins_of_alerting_and_of_rules_come_and_go(stack):
    needs_real_kafka()
    with World(stack()) as world:
        street = Street(world)
        street.told(street.press())
        for program in ("alerting", "rules"):
            twin = world.stack.spawn_twin(program)
            number = street.press()  # no pager is connected to the twin of alerting
            twin.stop()
            street.told(number)
            street.told(street.press())
        street.expect_each_paged_once()


def test_one_of_two_alerting_processes_is_killed_and_every_press_is_paged(stack):
    needs_real_kafka()
    with World(stack(second_alerting=True)) as world:
        world.stack.start("alerting-2")
        street = Street(world)
        street.told(street.press())
        for process in ("alerting", "alerting-2"):
            world.stack.kill(process)
            street.told(street.press())
            world.stack.start(process)
            street.told(street.press())
        street.expect_each_paged_once()


PARTS = (("test_kafka_is_killed_for_5_to_12_seconds",), ("test_kafka_is_frozen_for_5_to_12_seconds",),
         ("test_redis_is_away_while_rules_restarts_and_the_press_is_paged_all_the_same",
          "test_mosquitto_is_away_and_the_press_is_paged_when_it_is_back",
          "test_a_giant_and_a_garbage_record_in_every_topic_cost_no_press"),
         ("test_twins_of_alerting_and_of_rules_come_and_go",
          "test_one_of_two_alerting_processes_is_killed_and_every_press_is_paged"))

if __name__ == "__main__":
    sys.exit(main(globals(), PARTS))
