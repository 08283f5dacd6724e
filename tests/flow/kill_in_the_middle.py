#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The flow of sos.py with a process killed in the middle: the press is paged once, and the answer is stored."""

import sys

from _flow import expect, main, needs_real_kafka
from _world import World, expect_one_card
from stack.proc import wait_until

TOLD = ("F1a", "F1b", "T-near")
RESTART_S = 20  # the page must arrive within this time after the killed process was started again


def told_once_and_answered(world, pagers):
    """Each of TOLD gets the page once, nobody else gets it, and the team's answer is stored."""
    for who in TOLD:
        pagers[who].wait("page", timeout_s=RESTART_S)
    page = pagers["T-near"].wait("page")
    pagers["T-near"].give(page, "accept", eta_s=120)
    pagers["T-near"].wait("stored", lambda body: body["type"] == "accept", timeout_s=RESTART_S)
    for who in ("F1a", "F1b"):
        pagers[who].wait("stand_down", timeout_s=RESTART_S)
    alerts = world.topic("alerts")
    ids = {alert["alert_id"] for alert in alerts}
    expect(len(ids) == 1, f"one alert, whatever was replayed: {ids}")
    for who in TOLD:
        expect_one_card(who, pagers[who].pages())
    for who in set(pagers) - set(TOLD):
        expect(not pagers[who].pages(), f"{who} was not meant")


def everyone(world):
    return {who: world.pager(who) for who in (*TOLD, "T-far", "desk-main")}


def killed_just_after(program, stack):
    """Kill @program while it handles the press, or before it has received it."""
    needs_real_kafka()
    with World(stack()) as world:
        pagers = everyone(world)
        expect(world.press() == 0, "the broker takes the press")
        world.stack.kill(program)
        world.stack.start(program)
        told_once_and_answered(world, pagers)


def killed_while_frozen(program, server, topic, stack):
    """Stop @program, press, and kill it when @server has sent it data that it has not read. @topic, if any: where the
    press must be by then. The sender still has what was lost with the process."""
    needs_real_kafka()
    with World(stack()) as world:
        pagers = everyone(world)
        world.stack.pause(program)
        expect(world.press() == 0, "the broker takes the press")
        if topic:
            world.wait_topic(topic, 1)
        wait_until(lambda: world.stack.processes[program].unread_bytes(world.stack.port[server]), 10,
                   "something to arrive at the frozen process")
        world.stack.kill(program)
        expect(not pagers["T-near"].pages(), "nobody was told meanwhile")
        world.stack.start(program)
        told_once_and_answered(world, pagers)


def test_ingest_is_killed_just_after_the_press(stack):
    killed_just_after("ingest", stack)


def test_rules_is_killed_just_after_the_press(stack):
    killed_just_after("rules", stack)


def test_alerting_is_killed_just_after_the_press(stack):
    killed_just_after("alerting", stack)


def test_ingest_is_killed_with_the_press_in_its_socket(stack):
    killed_while_frozen("ingest", "mqtt", None, stack)


def test_rules_is_killed_with_the_press_fetched(stack):
    killed_while_frozen("rules", "kafka", "events", stack)


def test_alerting_is_killed_with_the_alert_fetched(stack):
    killed_while_frozen("alerting", "kafka", "alerts", stack)


def test_alerting_is_killed_between_the_page_and_the_answer(stack):
    needs_real_kafka()
    with World(stack()) as world:
        pagers = everyone(world)
        world.press()
        page = pagers["T-near"].wait("page")
        for who in TOLD:
            pagers[who].wait("page")
        world.stack.kill("alerting")
        pagers["T-near"].give(page, "accept", eta_s=120)  # alerting is down; the pager repeats it until it is stored
        world.stack.start("alerting")
        told_once_and_answered(world, pagers)


def test_all_three_are_killed_at_once(stack):
    needs_real_kafka()
    with World(stack()) as world:
        pagers = everyone(world)
        expect(world.press() == 0, "the broker takes the press")
        for program in world.stack.programs:
            world.stack.kill(program)
        world.stack.start(*world.stack.programs)
        told_once_and_answered(world, pagers)


def test_redis_is_away_and_the_press_is_paged_all_the_same(stack):
    with World(stack()) as world:
        pagers = everyone(world)
        world.stack.kill("redis")
        world.press()
        told_once_and_answered(world, pagers)
        world.stack.start("redis")
        world.wait_checkpoint(alarm_events=1, timeout_s=20)


def test_kafka_is_killed_and_what_was_taken_over_meanwhile_is_paged(stack):
    needs_real_kafka()
    with World(stack()) as world:
        pagers = everyone(world)
        world.stack.kill("kafka")
        expect(world.press() == 0, "the MQTT broker takes the press")
        world.stack.start("kafka")
        told_once_and_answered(world, pagers)


if __name__ == "__main__":
    sys.exit(main(globals()))
