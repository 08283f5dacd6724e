#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vigil-rules alone between a real Kafka and a real Redis: events in, alerts out, also during faults and restarts."""

import json
import os
import re
import signal
import subprocess
import sys
import time

from _flow import expect, main, needs_real_kafka

from stack import kafka
from stack.proc import Process, wait_until

ELDERS = 100
DISTRICTS = "id,name\ngrid-1,One\n"


def registry(stack):
    """Import the elders L0000 …, each with a band and a button, for which rules-load writes events."""
    folder = os.path.join(stack.folder, "registry")
    os.makedirs(folder, exist_ok=True)
    files = {"districts.csv": DISTRICTS,
             "elders.csv": "id,name,care_level,district\n",
             "devices.csv": "id,elder,class\n",
             "contacts.csv": "id,elder,name,phone\n",
             "teams.csv": "id,name,district\n"}
    for number in range(ELDERS):
        elder = f"L{number:04}"
        files["elders.csv"] += f"{elder},Elder {number},partial,grid-1\n"
        files["devices.csv"] += f"{elder}-sos,{elder},sos_button\n{elder}-band,{elder},wristband\n"
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    stack.vigil("registry", "import", folder, "--config", stack.conf)
    wait_until(lambda: stack.metric("rules", "vigil_rules_elders") >= ELDERS, 20, "the elders in the engine")


def load_argv(stack, **options):
    argv = [os.path.join(stack.build, "tests", "stack", "rules-load"), "--config", stack.conf,
            "--elders", str(ELDERS)]
    for name, value in options.items():
        argv += ["--" + name.replace("_", "-"), str(value)]
    return argv


def load(stack, **options):
    done = subprocess.run(load_argv(stack, **options), capture_output=True, text=True, timeout=120, check=False)
    expect(done.returncode == 0, f"rules-load ends with 0: {done.stderr}")
    return json.loads(done.stdout)


def records(stack, topic):
    """Every record of @topic: list of (headers, value bytes)."""
    done = subprocess.run(["kcat", "-b", f"127.0.0.1:{stack.port['kafka']}", "-C", "-t", "vigil." + topic,
                           "-o", "beginning", "-e", "-q", "-f", "%h\\t%s\\n"],
                          capture_output=True, timeout=60, check=True)
    return [tuple(line.split(b"\t", 1)) for line in done.stdout.split(b"\n") if line]


def alerts(stack, boot):
    """[(event id, alert id)] of every alert record of a press with boot id @boot, repeats included."""
    found = []
    for _, value in records(stack, "alerts"):
        alert = json.loads(value)
        if alert["rule"] == "sos" and alert["transition"] == "raised" and f"-sos:{boot}:" in alert["event_id"]:
            found.append((alert["event_id"], alert["alert_id"]))
    return found


def presses(rate, seconds, every, boot):
    """The event ids that rules-load writes as presses."""
    return {f"L{number // every % ELDERS:04}-sos:{boot}:{number}" for number in range(0, rate * seconds, every)}


def expect_all(stack, wanted, boot):
    """Wait until every press in @wanted has an alert. No other event has one, and repeats have the same alert id.
    Return: that of alerts()."""
    def missing():
        return wanted - {event for event, _ in alerts(stack, boot)}
    wait_until(lambda: not missing(), 30, f"an alert for each of {len(wanted)} presses")
    found = alerts(stack, boot)
    expect({event for event, _ in found} == wanted, "no alert for anything else")
    expect(len(set(found)) == len(wanted), "one alert id an event, however often it was sent")
    return found


def kafka_write(stack, topic, partition, data, *options):
    subprocess.run(["kcat", "-b", f"127.0.0.1:{stack.port['kafka']}", "-X", "message.max.bytes=2000000", "-P",
                    "-t", "vigil." + topic, "-p", str(partition), *options], input=data, timeout=30, check=True)


def redis(stack, *args):
    return subprocess.run(["redis-cli", "-p", str(stack.port["redis"]), *args], capture_output=True, text=True,
                          timeout=30, check=True).stdout.strip()


def meta(stack, partition, field):
    """A number from the checkpoint of a partition in Redis, 0 if it is missing."""
    return int(redis(stack, "HGET", f"vigil:{{p{partition}}}:meta", field) or 0)


def second(stack, name, **changes):
    """A second vigil-rules with its own instance name and HTTP port, and @changes to vigil.yaml. Return: the Process,
    not started."""
    with open(stack.conf, encoding="utf-8") as file:
        text = file.read()
    text = text.replace(f"  http: 127.0.0.1:{stack.port['rules']}",
                        f"  http: 127.0.0.1:{stack.take_port(name)}\n"
                        + changes.get("instance", f"  instance: {name}\n") + changes.get("rules", ""))
    text = text.replace("redis:\n", "redis:\n" + changes.get("redis", ""))
    path = os.path.join(stack.folder, name + ".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    process = Process(name, [os.path.join(stack.build, "rules", "vigil-rules"), "--config", path], stack.folder,
                      env=stack.env, ready=lambda: stack.http(name, "/-/ready")[0] == 200)
    stack.processes[name] = process
    return process


def test_events_in_kafka_become_alerts_in_kafka(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=2, alarm_every=10, boot=1)
        found = expect_all(s, presses(500, 2, 10, 1), 1)
        expect(len(found) == 100, "without any fault none is sent twice")
        wait_until(lambda: s.metric("rules", "vigil_rules_consumer_lag_records") == 0, 5, "no lag")
        wait_until(lambda: int(redis(s, "HGET", "vigil:{p0}:meta", "alarm_offset") or 0) > 0, 5, "a checkpoint")
        s.processes["rules"].begin_stop()
        begin = time.monotonic()
        s.processes["rules"].end_stop()
        expect(time.monotonic() - begin < 5, "it ends within 5 s")
        offsets = sum(int(redis(s, "HGET", f"vigil:{{p{p}}}:meta", "alarm_offset") or 0) for p in range(4))
        expect(offsets == 100, f"the last checkpoint is behind the last event, at {offsets}")
        s.start("rules")
        load(s, rate=ELDERS, seconds=1, alarm_every=1, boot=26)  # one press of each elder, after all earlier presses
        expect_all(s, presses(ELDERS, 1, 1, 26), 26)
        expect(len(alerts(s, 1)) == 100, "a clean restart sends nothing again")


def test_kill_nine_five_times_gives_the_same_alerts(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        events = s.spawn("load", load_argv(s, rate=500, seconds=10, alarm_every=5, boot=2))
        for _ in range(5):
            wait_judged(s, 400, events)
            s.kill("rules")
            s.start("rules")
        wait_until(lambda: not events.alive(), 30, "the last event written")
        found = set(expect_all(s, presses(500, 10, 5, 2), 2))
        # A new process without saved state judges the same events without interruption.
        s.processes["rules"].stop()
        before = len(alerts(s, 2))
        second(s, "again", rules="  group: again\n", redis='  key_prefix: "again:"\n').start()
        s.wait_ready("again")
        wait_until(lambda: len(alerts(s, 2)) >= before + len(found), 30, "all alerts once more")
        expect(set(alerts(s, 2)) == found, "uninterrupted it finds exactly the same alerts")


def test_a_process_that_slept_is_fenced(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        second(s, "other")
        events = s.spawn("load", load_argv(s, rate=300, seconds=20, alarm_every=5, boot=3))
        wait_judged(s, 300, events)
        s.pause("rules")
        s.processes["other"].start()
        wait_until(lambda: s.metric("other", "vigil_rules_partitions") == 4, 20, "the other to take over")
        before = [meta(s, p, "number") for p in range(4)]
        wait_until(lambda: all(meta(s, p, "number") > before[p] for p in range(4)), 20, "checkpoints of the new owner")
        epochs = {p: meta(s, p, "epoch") for p in range(4)}
        s.resume("rules")

        def fenced():
            with open(s.processes["rules"].log, encoding="utf-8") as log:
                return "fenced" in log.read()
        wait_until(fenced, 10, "the sleeper to be refused")
        for p, epoch in epochs.items():
            expect(meta(s, p, "epoch") >= epoch, "no epoch ever goes back")
        wait_until(lambda: not events.alive(), 40, "the last event written")
        expect_all(s, presses(300, 20, 5, 3), 3)
        s.check_alive()


def test_two_with_one_name_lose_nothing_and_the_one_that_stays_goes_on(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        s.processes["rules"].stop()
        s.change_conf("  settle: 5s\n", "  settle: 5s\n  instance: one-name\n")
        s.start("rules")
        registry(s)
        twin = second(s, "twin", instance="")
        load(s, rate=100, seconds=1, alarm_every=10, boot=20)
        expect_all(s, presses(100, 1, 10, 20), 20)
        twin.start()
        wait_until(lambda: "id=V2114" in s.processes["rules"].tail(1000), 20, "the first to be put out")
        wait_until(lambda: "id=V2114" in twin.tail(1000), 20, "it to come back and put out the other")
        load(s, rate=100, seconds=1, alarm_every=10, boot=21)
        expect_all(s, presses(100, 1, 10, 21), 21)
        s.check_alive()
        twin.stop()
        s.wait_ready("rules", timeout_s=45)
        load(s, rate=100, seconds=1, alarm_every=10, boot=22)
        expect_all(s, presses(100, 1, 10, 22), 22)


def test_a_partition_taken_by_a_stranger_is_taken_again(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=100, seconds=1, alarm_every=10, boot=23)
        expect_all(s, presses(100, 1, 10, 23), 23)
        redis(s, "HINCRBY", "vigil:{p1}:meta", "epoch", "1")  # as a process of another group does
        load(s, rate=500, seconds=1, alarm_every=1000, boot=24)  # changes states, so that a checkpoint is written
        wait_until(lambda: s.metric("rules", "vigil_rules_partitions") == 3, 10, "the partition to be fenced")
        load(s, rate=500, seconds=1, alarm_every=10, boot=25)
        expect_all(s, presses(500, 1, 10, 25), 25)
        expect(s.metric("rules", "vigil_rules_partitions") == 4, "all four are judged again")


def test_two_processes_share_the_partitions_and_one_takes_over(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        second(s, "other")
        events = s.spawn("load", load_argv(s, rate=300, seconds=22, alarm_every=5, boot=14))
        wait_judged(s, 200, events)
        s.start("other")

        def owned(name):
            return s.metric(name, "vigil_rules_partitions")
        wait_until(lambda: (owned("rules"), owned("other")) == (2, 2), 30, "two partitions each")
        for name in ("rules", "other"):
            wait_judged(s, judged(s, name) + 100, events, name)  # both are judging events
        s.processes["rules"].stop()
        wait_until(lambda: owned("other") == 4, 30, "the other to have all four")
        wait_until(lambda: not events.alive(), 40, "the last event written")
        expect_all(s, presses(300, 22, 5, 14), 14)


def test_a_topic_deleted_under_load_is_made_again_and_nothing_stops(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=100, seconds=1, alarm_every=10, boot=30)
        expect_all(s, presses(100, 1, 10, 30), 30)
        for number, topic in enumerate(("alerts", "events.telemetry", "events.alarm", "quarantine"), 1):
            made = s.processes["rules"].tail(5000).count("id=V0105")
            events = s.spawn("load", load_argv(s, rate=200, seconds=3, alarm_every=10, boot=30 + number))
            wait_judged(s, judged(s) + 50, events)  # in the middle of the load
            kafka.delete_topic(s.port["kafka"], "vigil." + topic)
            wait_until(lambda: s.processes["rules"].tail(5000).count("id=V0105") > made, 10, f"{topic} to be made again")
            wait_until(lambda: not events.alive(), 60, "the last event written")
            # Events in the deleted topic are lost; later events are judged.
            load(s, rate=200, seconds=1, alarm_every=10, boot=40 + number)
            expect_all(s, presses(200, 1, 10, 40 + number), 40 + number)
            wait_until(lambda: s.metric("rules", "vigil_rules_alerts_outstanding") == 0, 10, "every alert in Kafka")
            expect(s.processes["rules"].alive(), f"rules to live without {topic}")


def test_a_topic_made_anew_and_grown_past_us_is_read_from_its_first_record(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=1, alarm_every=10, boot=50)
        expect_all(s, presses(500, 1, 10, 50), 50)
        wait_until(lambda: all(redis(s, "HGET", f"vigil:{{p{p}}}:meta", "alarm_offset") for p in range(4)), 10,
                   "a checkpoint of every partition")
        s.processes["rules"].stop()
        for p in range(4):  # as if the checkpoint were two minutes old
            redis(s, "HINCRBY", f"vigil:{{p{p}}}:meta", "saved_time_ms", "-120000")
        kafka.delete_topic(s.port["kafka"], "vigil.events.alarm")
        s.vigil("topics", "--config", s.conf)
        load(s, rate=1000, seconds=2, alarm_every=10, boot=51)  # more records than the deleted topic had
        s.start("rules")
        expect_all(s, presses(1000, 2, 10, 51), 51)
        expect("id=V2104" in s.processes["rules"].tail(1000), "it is told")


def test_redis_killed_or_emptied_stops_nothing(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=1, alarm_every=10, boot=4)
        expect_all(s, presses(500, 1, 10, 4), 4)
        wait_until(lambda: int(redis(s, "HLEN", "vigil:{p0}:elders")) > 0, 5, "a checkpoint")
        states = {p: int(redis(s, "HLEN", f"vigil:{{p{p}}}:elders")) for p in range(4)}

        s.kill("redis")
        load(s, rate=500, seconds=2, alarm_every=10, boot=5)
        expect_all(s, presses(500, 2, 10, 5), 5)
        wait_until(lambda: s.metric("rules", "vigil_rules_degraded") == 1, 5, "it to say it is degraded")
        expect("redis" in s.http("rules", "/-/ready")[1], "not ready, and the missing one is named")

        s.start("redis")
        wait_until(lambda: s.metric("rules", "vigil_rules_degraded") == 0, 10, "Redis to be found again")
        redis(s, "FLUSHALL")
        load(s, rate=500, seconds=1, alarm_every=10, boot=6)
        expect_all(s, presses(500, 1, 10, 6), 6)
        wait_until(lambda: all(int(redis(s, "HLEN", f"vigil:{{p{p}}}:elders")) >= states[p] for p in range(4)),
                   10, "every state to be written anew")
        expect(s.metric("rules", "vigil_rules_checkpoint_rewrites_total") > 0, "the loss was noticed")
        s.kill("rules")
        s.start("rules")
        load(s, rate=500, seconds=1, alarm_every=10, boot=7)
        expect_all(s, presses(500, 1, 10, 7), 7)


def test_an_empty_redis_at_start_is_rebuilt_from_kafka(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=2, alarm_every=10, boot=8)
        found = expect_all(s, presses(500, 2, 10, 8), 8)
        s.kill("rules")
        redis(s, "FLUSHALL")
        s.start("rules")
        wait_until(lambda: len(alerts(s, 8)) == 2 * len(found), 20, "everything judged again")
        expect(set(alerts(s, 8)) == set(found), "with the same alert ids")


def fall_of(number):
    """A fall of L0001 now. The sample rule holds it for 20 s, because its confidence is "sure"."""
    now_ms = int(time.time() * 1000)
    return {"device": "L0001-band", "kind": "fall", "sequence": number, "boot": 1, "received_time_ms": now_ms,
            "device_time_ms": now_ms}


def expect_one_alert_of(stack, rule, timeout_s):
    wait_until(lambda: raised_of(stack, rule), timeout_s, f"the alert of {rule}")
    found = {alert["alert_id"] for alert in raised_of(stack, rule)}
    expect(len(found) == 1, f"one alert id, however often it was sent: {found}")


def judged(stack, name="rules"):
    return stack.metric(name, "vigil_rules_events_total")


def wait_judged(stack, count, events, name="rules"):
    """Wait until the process has judged @count events since its start, or until the load @events has ended."""
    wait_until(lambda: judged(stack, name) >= count or not events.alive(), 30,
               lambda: f"{count} events judged by {name}; {judged(stack, name)} are")


def judged_alarms(stack, name="rules"):
    return stack.metric(name, "vigil_rules_events_total", 'lane="alarm"')


def test_a_start_without_redis_judges_all_the_same(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=1, alarm_every=10, boot=9)
        expect_all(s, presses(500, 1, 10, 9), 9)
        wait_until(lambda: sum(meta(s, p, "alarm_offset") for p in range(4)) == 50, 10, "a checkpoint behind them")
        say(s, fall_of(1))
        wait_until(lambda: judged_alarms(s) > 50, 10, "the fall to be judged")
        s.kill("redis")
        s.kill("rules")
        s.start("rules", wait=False)
        wait_until(lambda: s.metric("rules", "vigil_rules_partitions") == 4, 30, "all partitions without Redis")
        expect("redis" in s.http("rules", "/-/ready")[1], "not ready, and the missing one is named")
        load(s, rate=500, seconds=1, alarm_every=10, boot=17)
        expect_all(s, presses(500, 1, 10, 17), 17)
        expect_one_alert_of(s, "fall", 30)  # its hold was running when rules and Redis were killed

        s.start("redis")
        s.wait_ready("rules", timeout_s=20)
        wait_until(lambda: s.metric("rules", "vigil_rules_partitions") == 4, 30, "all partitions, taken properly")
        load(s, rate=500, seconds=1, alarm_every=10, boot=18)
        for boot in (9, 17, 18):
            expect_all(s, presses(500, 1, 10, boot), boot)
        expect_one_alert_of(s, "fall", 1)
        wait_until(lambda: int(redis(s, "HGET", "vigil:{p0}:meta", "number") or 0) > 0, 10, "a checkpoint of its own")
        expect(s.metric("rules", "vigil_rules_fenced_total") == 0, "nobody else was there")


def test_the_survivor_judges_all_while_redis_is_away(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        second(s, "other")
        s.start("other")

        def owned(name):
            return s.metric(name, "vigil_rules_partitions")
        wait_until(lambda: (owned("rules"), owned("other")) == (2, 2), 30, "two partitions each")
        load(s, rate=500, seconds=1, alarm_every=10, boot=19)
        expect_all(s, presses(500, 1, 10, 19), 19)
        s.kill("redis")
        s.kill("rules")
        wait_until(lambda: owned("other") == 4, 30, "the other to have all four")
        load(s, rate=500, seconds=1, alarm_every=10, boot=20)
        expect_all(s, presses(500, 1, 10, 20), 20)
        s.start("redis")
        s.wait_ready("other", timeout_s=20)
        load(s, rate=500, seconds=1, alarm_every=10, boot=21)
        expect_all(s, presses(500, 1, 10, 21), 21)


def test_a_frozen_redis_holds_up_no_start(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        s.kill("rules")
        s.pause("redis")
        try:
            s.start("rules", wait=False)
            wait_until(lambda: s.metric("rules", "vigil_rules_partitions") == 4, 40, "all partitions without Redis")
            load(s, rate=200, seconds=1, alarm_every=10, boot=22)
            expect_all(s, presses(200, 1, 10, 22), 22)
        finally:
            s.resume("redis")
        s.wait_ready("rules", timeout_s=20)


def test_a_state_of_another_version_is_made_again_from_kafka(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        load(s, rate=500, seconds=1, alarm_every=10, boot=23)
        expect_all(s, presses(500, 1, 10, 23), 23)
        say(s, fall_of(1))
        wait_until(lambda: judged_alarms(s) > 50, 10, "the fall to be judged")
        s.processes["rules"].stop()  # its last checkpoint is after the fall
        changed = 0
        for p in range(4):
            key = f"vigil:{{p{p}}}:elders"
            if int(redis(s, "HEXISTS", key, "L0001")):
                redis(s, "HSET", key, "L0001", "VES\x03 written by a program that is newer")
                changed += 1
        expect(changed == 1, "the state of the one who fell is of another version")
        before = len(alerts(s, 23))
        s.start("rules")
        expect_one_alert_of(s, "fall", 40)
        expect(len(alerts(s, 23)) <= before + 1, "only this elder's presses were judged again")
        wait_until(lambda: any(int(redis(s, "HSTRLEN", f"vigil:{{p{p}}}:elders", "L0001")) > 60 for p in range(4)), 10,
                   "a state of ours in its place")
        s.check_alive()


def test_rules_change_on_save_and_a_broken_file_changes_nothing(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        path = os.path.join(s.folder, "rules", "10-emergency.yaml")
        with open(path, encoding="utf-8") as file:
            good = file.read()
        version = s.metric("rules", "vigil_rules_rule_set_hash")
        taken_up = s.metric("rules", "vigil_rules_last_reload_success_timestamp_seconds")

        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace("event: sos", "evnt: sos"))
        wait_until(lambda: s.metric("rules", "vigil_rules_last_reload_successful") == 0, 5, "the refusal")
        with open(s.processes["rules"].log, encoding="utf-8") as log:
            lines = log.read()
        expect(re.search(r"10-emergency\.yaml:\d+:\d+: error", lines), "where the mistake is")
        expect(re.search(r"V2502.*10-emergency\.yaml:\d+:\d+.*R0\d\d", lines), "place and code in the log's own line")
        expect(s.metric("rules", "vigil_rules_last_reload_success_timestamp_seconds") == taken_up,
               "nothing was taken up")
        expect(s.metric("rules", "vigil_rules_rule_set_hash") == version, "the old set stays in force")
        load(s, rate=200, seconds=1, alarm_every=10, boot=10)
        expect_all(s, presses(200, 1, 10, 10), 10)

        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace("Help button pressed", "Pressed for help"))
        wait_until(lambda: s.metric("rules", "vigil_rules_last_reload_successful") == 1, 5, "the new set")
        expect(s.metric("rules", "vigil_rules_rule_set_hash") != version, "another version is in force")
        expect(s.metric("rules", "vigil_rules_last_reload_success_timestamp_seconds") >= taken_up, "and since when")
        load(s, rate=200, seconds=1, alarm_every=10, boot=11)
        expect_all(s, presses(200, 1, 10, 11), 11)
        titles = {json.loads(value)["title"]["en"] for _, value in records(s, "alerts") if b"-sos:11:" in value}
        expect(titles == {"Pressed for help"}, f"alerts speak by the new set: {titles}")

        version = s.metric("rules", "vigil_rules_reloads_total")
        s.processes["rules"].signal(signal.SIGHUP)
        wait_until(lambda: s.metric("rules", "vigil_rules_reloads_total") > version, 5, "SIGHUP to be heard")
        expect(s.metric("rules", "vigil_rules_last_reload_successful") == 1, "what is as before is fine")


def test_a_restart_with_a_broken_file_starts_with_the_last_good_set(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        path = os.path.join(s.folder, "rules", "10-emergency.yaml")
        with open(path, encoding="utf-8") as file:
            good = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace("Help button pressed", "Pressed for help"))
        version = s.metric("rules", "vigil_rules_rule_set_hash")
        wait_until(lambda: s.metric("rules", "vigil_rules_rule_set_hash") != version, 10, "the new set")
        version = s.metric("rules", "vigil_rules_rule_set_hash")
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace("event: sos", "evnt: sos"))
        wait_until(lambda: s.metric("rules", "vigil_rules_last_reload_successful") == 0, 10, "the refusal")

        s.kill("rules")
        s.start("rules")  # returns when it is ready
        expect(s.metric("rules", "vigil_rules_rule_set_hash") == version, "the set of before the restart is in force")
        expect(s.metric("rules", "vigil_rules_last_reload_successful") == 0, "the files are not")
        expect(re.search(r"10-emergency\.yaml:\d+:\d+: error\[R\d+\]", s.http("rules", "/-/ready")[1]),
               "ready says what is wrong with them")
        with open(s.processes["rules"].log, encoding="utf-8") as log:
            expect("V2505" in log.read(), "so does the log")
        load(s, rate=200, seconds=1, alarm_every=10, boot=24)
        expect_all(s, presses(200, 1, 10, 24), 24)

        with open(path, "w", encoding="utf-8") as file:
            file.write(good)
        wait_until(lambda: s.metric("rules", "vigil_rules_last_reload_successful") == 1, 10, "the mended files")
        expect(s.http("rules", "/-/ready")[1].strip() == "ready", "and no more about it")

        # Without a kept rule set, errors in the files prevent the start.
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace("event: sos", "evnt: sos"))
        second(s, "never", rules="  kept: nothing-kept\n").start()
        wait_until(lambda: not s.processes["never"].alive(), 20, "it to end")
        del s.processes["never"]


def say(stack, *events):
    """Write events into Kafka, as ingest does."""
    stack.vigil("replay", "-", "--config", stack.conf,
                stdin="".join(json.dumps({"elder": "L0001", **event}) + "\n" for event in events))


def band(sequence, at_ms):
    return {"device": "L0001-band", "kind": "heart_rate", "value": 150, "sequence": sequence,
            "device_time_ms": at_ms, "received_time_ms": at_ms}


def raised_of(stack, rule):
    found = [json.loads(value) for _, value in records(stack, "alerts")]
    return [alert for alert in found if alert["rule"] == rule and alert["transition"] == "raised"]


def test_what_runs_when_it_is_killed_comes_at_its_time_and_once(stack):
    needs_real_kafka()
    with stack(programs=("rules",)) as s:
        registry(s)
        folder = os.path.join(s.folder, "rules")
        for name, old, new in (("10-emergency.yaml", "hold: 20s", "hold: 8s"),
                               ("30-vitals.yaml", "for: 60s", "for: 10s")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text.replace(old, new))
        version = s.metric("rules", "vigil_rules_rule_set_hash")
        s.kill("rules")
        s.start("rules")
        expect(s.metric("rules", "vigil_rules_rule_set_hash") != version, "the shorter times are in force")
        wait_until(lambda: s.metric("rules", "vigil_rules_elders") >= ELDERS, 20, "the elders")

        began_ms = int(time.time() * 1000)  # no reading is later, however soon rules is back: the future is not believed
        say(s, band(1, began_ms - 12000), band(2, began_ms - 8000),
            {"device": "L0001-band", "kind": "fall", "sequence": 1, "boot": 1, "received_time_ms": began_ms,
             "device_time_ms": began_ms})
        wait_until(lambda: s.metric("rules", "vigil_rules_events_total", 'lane="telemetry"') == 2, 10, "two samples")
        s.kill("rules")
        s.start("rules")
        expect(not raised_of(s, "fall") and not raised_of(s, "heart-rate-high"), "both still wait")
        say(s, band(3, began_ms - 3000), band(4, began_ms - 1000))
        wait_until(lambda: raised_of(s, "heart-rate-high"), 20, "the duration to complete")
        wait_until(lambda: raised_of(s, "fall"), 20, "the hold to pass")
        judged = s.metric("rules", "vigil_rules_events_total", 'lane="telemetry"')
        say(s, band(5, began_ms))  # a repeated alert would come before this event is judged
        wait_until(lambda: s.metric("rules", "vigil_rules_events_total", 'lane="telemetry"') > judged, 10, "one more")

        hearts, falls = raised_of(s, "heart-rate-high"), raised_of(s, "fall")
        expect(len(hearts) == 1 and len(falls) == 1, f"each once: {hearts} {falls}")
        expect(hearts[0]["event_time_ms"] == began_ms - 1000, f"the sample that completed ten seconds: {hearts}")
        expect(hearts[0]["event_id"] == "L0001-band:0:1", "named by the first, judged before the kill")
        expect(falls[0]["raised_time_ms"] >= began_ms + 8000, "the elder had their time to cancel")
        told = s.vigil("explain", hearts[0]["alert_id"], "--config", s.conf, "--lang", "en").stdout
        expect("the one there is now" in told and "L0001-band:0:1" in told, f"explained from Kafka: {told}")


def test_a_press_that_overtakes_its_registration_is_judged(stack):
    with stack(programs=("rules",)) as s:
        load(s, rate=200, seconds=1, alarm_every=10, boot=13)
        wait_until(lambda: s.metric("rules", "vigil_rules_records_total", 'lane="alarm"') == 20, 5, "the presses")
        expect(not alerts(s, 13), "nobody is known yet")
        registry(s)
        expect_all(s, presses(200, 1, 10, 13), 13)


def test_what_is_no_frame_is_kept_and_passed(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        for partition in range(4):
            kafka_write(s, "events.alarm", partition, b"not a frame")
        load(s, rate=200, seconds=1, alarm_every=10, boot=12)
        expect_all(s, presses(200, 1, 10, 12), 12)
        wait_until(lambda: len(records(s, "quarantine")) == 4, 10, "four copies in quarantine")
        for headers, value in records(s, "quarantine"):
            expect(b"reason=broken_frame" in headers, f"the reason is told: {headers}")
            expect(b"topic=vigil.events.alarm" in headers, "and the topic")
            expect(value == b"not a frame", "and the bytes are kept")
        wait_until(lambda: s.metric("rules", "vigil_rules_refused_events_total", 'reason="broken_frame"') == 4, 5,
                   "all four counted")


def test_a_record_as_large_as_kafka_takes_ends_nothing(stack):
    with stack(programs=("rules",)) as s:
        registry(s)
        giant = b"x" * 1000100
        for topic in ("events.alarm", "events.telemetry"):
            for partition in range(4):
                kafka_write(s, topic, partition, giant)
        for key, value in ((b"elder/L0001", giant), (b"garbage", b"garbage"), (giant[:30000], b"{}")):
            kafka_write(s, "registry", 0, key + b"=" + value, "-K", "=")
        load(s, rate=200, seconds=1, alarm_every=10, boot=15)
        expect_all(s, presses(200, 1, 10, 15), 15)
        wait_until(lambda: s.metric("rules", "vigil_rules_quarantined_total") == 8, 10, "eight copies in quarantine")
        for headers, value in records(s, "quarantine"):
            expect(value == giant[:1024], f"the beginning is kept: {len(value)} bytes")
            expect(b"payload_bytes=1000100" in headers and b"truncated=1" in headers, f"and said: {headers}")
        wait_until(lambda: s.metric("rules", "vigil_registry_refused_records_total") == 3, 5, "what the registry refuses")
        with open(s.processes["rules"].log, encoding="utf-8") as log:
            expect("V0106" in log.read(), "said in the log")
        s.check_alive()
        s.processes["rules"].stop()
        s.start("rules")
        load(s, rate=200, seconds=1, alarm_every=10, boot=16)
        expect_all(s, presses(200, 1, 10, 16), 16)


if __name__ == "__main__":
    sys.exit(main(globals(), parts=2))
