#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that cannot read its input says so in /-/ready within 10 s: each program, with each of its peers killed,
stopped or behind a network that loses every packet, and with a topic deleted."""

import os
import sys
import time

from _flow import Skip, expect, main, needs_real_kafka
from _world import World
from stack import kafka, network
from stack.proc import Failed, wait_until

SAY_S = 10  # a program must report a fault within this time
READY_S = 30  # all programs must be ready, or the press paged, within this time after the fault
PROGRAMS = ("ingest", "rules", "alerting")


def is_ready(world, program):
    return world.stack.http(program, "/-/ready")[0] == 200


def say_so(world, programs, peer, why):
    """Each of @programs answers 503 within SAY_S. Return: {program: (seconds, text of /-/ready)}."""
    begin = time.monotonic()
    said = {}

    def all_said():
        for program in programs:
            status, text = world.stack.http(program, "/-/ready", timeout_s=1)
            if status == 503:
                said.setdefault(program, (time.monotonic() - begin, text.strip()))
        return len(said) == len(programs)

    try:
        wait_until(all_said, SAY_S, f"{', '.join(programs)} to say that {peer} is {why}")
    except Failed as late:
        raise Failed(f"{late}; said so far: {said}") from None
    print(f"# {peer} {why}: " + ", ".join(f"{name} after {seconds:.1f} s: {text!r}"
                                         for name, (seconds, text) in said.items()), flush=True)
    return said


def each_fault(world, peer, check):
    """Kill, stop and cut off @peer, one after the other. Call @check(why) during each fault; after it, all programs
    must be ready again."""
    stack = world.stack
    port = stack.port[{"mosquitto": "mqtt"}.get(peer, peer)]
    faults = [("killed", lambda: stack.kill(peer), lambda: stack.start(peer)),
              ("frozen", lambda: stack.pause(peer), lambda: stack.resume(peer))]
    if network.why_not() is None:
        faults.append(("cut off", lambda: network.cut(port), lambda: network.mend(port)))
    for why, away, back in faults:
        away()
        try:
            check(why)
        finally:
            back()
        wait_until(lambda: all(is_ready(world, program) for program in PROGRAMS), READY_S,
                   f"all to be ready after {peer} was {why}")


def test_each_program_says_that_kafka_is_away(stack):
    needs_real_kafka()
    with World(stack()) as world:
        each_fault(world, "kafka", lambda why: say_so(world, PROGRAMS, "kafka", why))


def test_ingest_says_that_the_mqtt_broker_is_away(stack):
    needs_real_kafka()
    with World(stack()) as world:
        each_fault(world, "mosquitto", lambda why: say_so(world, ("ingest",), "mosquitto", why))


def test_rules_judges_on_while_redis_is_away_and_says_degraded(stack):
    needs_real_kafka()
    with World(stack()) as world:
        desk = world.pager("desk-main")
        team = world.pager("T-near")
        number = 0

        def judges(why):
            nonlocal number
            number += 1
            wait_until(lambda: world.stack.metric("rules", "vigil_rules_degraded") == 1, SAY_S, f"degraded: redis {why}")
            expect(world.press(seq=number) == 0, "the broker takes the press")
            page = team.wait("page", lambda page: page["event_time_ms"] not in seen, timeout_s=READY_S)
            seen.add(page["event_time_ms"])
            for answer in ({"kind": "accept", "eta_s": 60}, {"kind": "close", "reason": "test"}):
                ack_id = team.give(page, **answer)
                team.wait("stored", lambda body, ack_id=ack_id: body["ack_id"] == ack_id)

        seen = set()
        each_fault(world, "redis", judges)
        expect(not desk.pages(), "nothing had to be escalated")


def press_is_paged(world, team, number, why):
    """Press and wait for the page, then accept and close it, so that the next press raises a new alert. Return: the
    page."""
    before = len(team.pages())
    expect(world.press(seq=number) == 0, "the broker takes the press")
    wait_until(lambda: len(team.pages()) > before, READY_S, f"the page {why}")
    page = team.pages()[-1]
    for answer in ({"kind": "accept", "eta_s": 60}, {"kind": "close", "reason": "test"}):
        ack_id = team.give(page, **answer)
        team.wait("stored", lambda body: body["ack_id"] == ack_id)
    return page


def wait_ready(world, programs, why):
    wait_until(lambda: all(is_ready(world, program) for program in programs), READY_S, f"all to be ready {why}")


def test_a_topic_that_is_deleted_is_made_again_and_presses_are_paged(stack):
    """Each new topic becomes as long as the deleted one, so its consumers get no offset error from Kafka."""
    needs_real_kafka()
    with World(stack()) as world:
        team = world.pager("T-near")
        for number, topic in enumerate(("events.alarm", "alerts", "pages", "ledger", "quarantine"), 1):
            why = f"although {topic} was deleted"
            kafka.delete_topic(world.stack.port["kafka"], "vigil." + topic)
            press_is_paged(world, team, number, why)
            wait_ready(world, PROGRAMS, why)


def test_a_press_in_a_topic_made_anew_while_rules_was_dead_is_paged(stack):
    """The new topic becomes as long as the deleted one, and rules is down for less than a minute."""
    needs_real_kafka()
    with World(stack()) as world:
        team = world.pager("T-near")
        press_is_paged(world, team, 1, "before anything happened")
        world.wait_checkpoint(1)
        world.stack.kill("rules")
        kafka.delete_topic(world.stack.port["kafka"], "vigil.events.alarm")
        wait_until(lambda: not is_ready(world, "ingest"), SAY_S, "ingest to say that the topic is gone")
        wait_ready(world, ("ingest",), "with the topic made anew")
        expect(world.press(seq=2) == 0, "the broker takes the press")
        world.wait_topic("events.alarm", 1)
        world.stack.start("rules")
        wait_until(lambda: len(team.pages()) == 2, READY_S, "the page of the press that rules was dead for")


def test_a_registry_that_was_deleted_and_imported_again_is_read_whole(stack):
    """The new topic has as many records as the deleted one, but the button now belongs to another elder."""
    needs_real_kafka()
    with World(stack()) as world:
        team = world.pager("T-near")
        expect(press_is_paged(world, team, 1, "before anything happened")["elder"]["id"] == "E1", "the button is E1's")
        kafka.delete_topic(world.stack.port["kafka"], "vigil.registry")
        devices = os.path.join(world.stack.folder, "world", "devices.csv")
        with open(devices, encoding="utf-8") as table:
            rows = table.read()
        with open(devices, "w", encoding="utf-8") as table:
            table.write(rows.replace("sos-1,E1,", "sos-1,E2,"))
        world.stack.vigil("registry", "import", os.path.join(world.stack.folder, "world"))
        number = 1

        def is_of_the_other():
            nonlocal number
            number += 1
            return press_is_paged(world, team, number, "after the import")["elder"]["id"] == "E2"

        wait_until(is_of_the_other, READY_S, "ingest to know whose the button is now")


def test_packets_can_be_lost_here(_stack):
    why = network.why_not()
    if why:
        raise Skip(why)


PARTS = (("test_each_program_says_that_kafka_is_away",),
         ("test_packets_can_be_lost_here", "test_ingest_says_that_the_mqtt_broker_is_away",
          "test_rules_judges_on_while_redis_is_away_and_says_degraded"),
         ("test_a_topic_that_is_deleted_is_made_again_and_presses_are_paged",),
         ("test_a_press_in_a_topic_made_anew_while_rules_was_dead_is_paged",
          "test_a_registry_that_was_deleted_and_imported_again_is_read_whole"))

if __name__ == "__main__":
    network.enter()
    sys.exit(main(globals(), PARTS))
