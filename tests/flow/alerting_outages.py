#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vigil-alerting during faults: a second process with its name, a deleted topic, a broker that hangs, a clock that is
set. In each case an alert is paged once, and SIGTERM ends the process."""

import os
import struct
import sys
import time

import _flow
from _alerting import Neighbourhood, alert, consume, partition_of, produce, put_alert
from _flow import Skip, expect, pass_by
from stack import kafka
from stack.proc import wait_until
from stack.stack import TOPICS

SESSION_S = 6  # session timeout of the consumer group
QUICK = """\
version: 1
desk: desk-main
ladders:
  - id: sos-now
    arrive_within: 1m
    steps:
      - { page: [family, nearest_team], answer_within: 3s }
      - { page: [next_team], answer_within: 3s }
      - { page: [desk], answer_within: 30s }
"""


def about(elder):
    return lambda body: body["elder"]["id"] == elder


def topic_setting(stack, topic, name):
    """One setting of a topic, through DescribeConfigs: one resource of type 2 (topic), one name, one entry in the
    answer."""
    topic, name = ("vigil." + topic).encode(), name.encode()
    answer = kafka._ask(stack.port["kafka"], 32, 1, struct.pack(">ibh", 1, 2, len(topic)) + topic
                        + struct.pack(">ih", 1, len(name)) + name + b"\0")
    at = answer.index(name) + len(name)
    size, = struct.unpack_from(">h", answer, at)
    return answer[at + 2:at + 2 + size].decode()


def end(stack, within_s):
    """Send SIGTERM to alerting. It must end within @within_s and with success."""
    process = stack.processes["alerting"]
    process.stop_wait_s = within_s
    process.stop()
    expect(process.unclean is None, f"alerting ends within {within_s} s: {process.unclean}")


def unready_after(stack, within_s):
    """Wait until /-/ready answers 503. Return: its text."""
    return wait_until(lambda: (lambda status, text: status == 503 and text)(*stack.http("alerting", "/-/ready")), within_s,
                      "alerting to say that it is not ready")


def test_a_second_process_under_the_same_name_started_and_stopped_costs_no_alert(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        with open(stack.conf, encoding="utf-8") as file:
            conf = file.read()
        for name in ("pages", "feed", "snapshot", "alerting"):
            conf = conf.replace(f"127.0.0.1:{stack.port[name]}", "127.0.0.1:0" if name == "alerting" else "127.0.0.1:*")
        path = os.path.join(stack.folder, "second.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(conf)
        second = stack.spawn("second", [os.path.join(stack.build, "alerting", "vigil-alerting"), "--config", path])
        expect("given away" in unready_after(stack, 30), "the first says that its partitions are the second's")
        second.stop()
        put_alert(stack, alert())
        here.join("T1").expect("page", within_s=40)
        stack.wait_ready("alerting")


def test_what_comes_while_alerting_is_down_is_told_and_what_was_told_before_is_not(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team = here.join("T1")
        put_alert(stack, alert(1, "E1"))
        page = team.expect("page")
        team.answer("accept", page)
        team.expect("stored")
        end(stack, 8)
        put_alert(stack, alert(2, "E5"))
        expect(partition_of("E1") == partition_of("E5"), "of the same partition, the very next record")
        # As if rules had read days of events again: an alert that was paged and closed two days ago, and one of nine
        # days ago, of which no record is left.
        days_ms = 24 * 3600 * 1000
        now_ms = int(time.time() * 1000)
        told = alert(3, "E2", received_time_ms=now_ms - 2 * days_ms)
        produce(stack, "pages", told["alert_id"], {"v": 1, "told_ms": now_ms - 2 * days_ms}, partition_of("E2"))
        put_alert(stack, told)
        put_alert(stack, alert(4, "E6", received_time_ms=now_ms - 9 * days_ms))
        stack.start("alerting")
        again, desk = here.join("T1", "desk-main")
        again.expect("page", where=about("E5"))
        desk.expect("page", where=about("E6"))
        wait_until(lambda: here.metric("alerts_total", 'result="known"') == 1, 10, "the one told two days ago to be known")
        again.expect_none("page", 0.3)
        expect(here.metric("alerts_total", 'result="new"') == 2, "and no other is new")


def test_vigil_pages_deleted_is_written_again_and_alerts_are_told_meanwhile(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team = here.join("T1")
        for number, elder in enumerate(("E1", "E5"), 1):
            put_alert(stack, alert(number, elder))
            team.expect("page", where=about(elder))
        kafka.delete_topic(stack.port["kafka"], "vigil.pages")
        put_alert(stack, alert(3, "E3"))
        team.expect("page", where=about("E3"))
        put_alert(stack, alert(4, "E6"))  # nothing was in its partition before, nothing went to that of E1 and E5 since
        team.expect("page", where=about("E6"))
        stack.wait_ready("alerting")
        wait_until(lambda: {row["alert"]["elder"] for row in consume(stack, "pages") if row} >= {"E1", "E3", "E5", "E6"}, 20,
                   "all open alerts to be in vigil.pages again")
        stack.kill("alerting")
        stack.start("alerting")
        again = here.join("T1")
        for _ in range(4):
            again.expect("page")
        here.join("desk-main").expect_none("page", 0.3)


def test_a_broker_that_stands_still_is_said_and_sigterm_obeyed(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team = here.join("T1")
        begin = time.monotonic()
        stack.pause("kafka")
        expect("kafka" in unready_after(stack, 10), "why")
        expect(stack.http("alerting", "/-/healthy")[0] == 200, "and is as alive as before")
        pass_by(SESSION_S + 4, begin)  # longer than the session of the consumer group
        stack.resume("kafka")
        put_alert(stack, alert())
        team.expect("page")
        stack.wait_ready("alerting")
        put_alert(stack, alert(2, "E2"))
        stack.pause("kafka")
        unready_after(stack, 10)
        end(stack, 8)
        stack.resume("kafka")


def test_a_clock_that_is_set_delays_no_step_and_repeats_none(stack_of):
    library = next((folder for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
                    if os.path.exists(folder + "/faketime/libfaketimeMT.so.1")), None)
    if library is None:
        raise Skip("faketime is not installed")
    env = {"LD_PRELOAD": library + "/faketime/libfaketimeMT.so.1", "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with Neighbourhood(lambda **options: stack_of(env=env, **options), QUICK, clock="+0") as here:
        stack = here.stack
        team, far, desk = here.join("T1", "T2", "desk-main")
        put_alert(stack, alert())
        team.expect("page")
        here.set_clock("-3600")  # must not delay the next step by an hour
        far.expect("page")
        here.set_clock("+0")  # must not start the next step at once
        page = desk.expect("page")
        expect(page["step"] == 2 and page["attempt"] == 1, "each step once")
        desk.answer("accept", page)
        desk.expect("stored")
        here.set_clock("-3600")
        put_alert(stack, alert(2, "E2"))
        far.expect("page", where=about("E2"))
        end(stack, 8)


def test_our_topics_carry_the_time_of_kafka(stack_of):
    # Kafka refuses a record whose producer time is an hour or more ahead of its own. With CreateTime, alerting then
    # paged nobody.
    with Neighbourhood(stack_of) as here:
        for topic in TOPICS:
            expect(topic_setting(here.stack, topic, "message.timestamp.type") == "LogAppendTime", topic)


if __name__ == "__main__":
    sys.exit(_flow.main(globals()))
