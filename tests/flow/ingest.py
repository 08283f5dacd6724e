#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vigil-ingest on a real MQTT broker and a real Kafka: what goes in comes out, or is kept with the reason."""

import os
import random
import subprocess
import sys
import time

import _flow
from _flow import expect
from _ingest import events, records, register

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from stack import kafka  # noqa: E402
from stack.mqtt import Client  # noqa: E402
from stack.proc import wait_until  # noqa: E402

DEVICES = [("sos-1", "E1", "sos_button", "", ""), ("band-1", "E1", "wristband", "", ""),
           ("leak-1", "E1", "water_leak", "zigbee2mqtt", "Kitchen leak")]
SOS = "vigil/v1/grid-1/sos-1/sos"
HEART = "vigil/v1/grid-1/band-1/heart_rate"
ALARM, TELEMETRY, QUARANTINE = "events.alarm", "events.telemetry", "quarantine"


def running(stack_of):
    """A stack with the registry known to ingest."""
    stack = stack_of(programs=())
    stack.__enter__()
    try:
        stack.start("ingest")
        register(stack, DEVICES)
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_registry_devices") >= len(DEVICES), 10,
                   "the registry")
    except BaseException:
        stack.close()
        raise
    return stack


def close(stack):
    stack.__exit__(None, None, None)


def settle(stack, messages, lane="telemetry"):
    """Wait until a lane has seen @messages and Kafka has everything it made of them."""
    wait_until(lambda: stack.metric("ingest", "vigil_ingest_messages_total", f'lane="{lane}"') >= messages
               and stack.metric("ingest", "vigil_ingest_kafka_outstanding") == 0, 20, "the messages")
    time.sleep(0.05)


def test_garbage_is_kept_with_its_reason_and_stalls_nothing(stack_of):
    stack = running(stack_of)
    try:
        device = Client(stack.port["mqtt"], "garbage")
        dice = random.Random(7)
        bad = [(HEART, b"", "empty"), (HEART, b"{", "bad_json"), (HEART, b"\xff\xfe\x00", "not_utf8"),
               (HEART, b'{"value":"70"}', "wrong_type"), (HEART, b"{}", "missing_key"),
               (HEART, b'{"value":70,"x":1}', "unknown_key"), (HEART, b'{"value":900}', "impossible_value"),
               (HEART, b'{"value":70,"seq":-1}', "bad_sequence"), (HEART, b" " * 300000, "too_large"),
               (HEART, b"\x00" * 1500000, "too_large"),
               ("vigil/v1/grid-1/ghost/heart_rate", b'{"value":70}', "unknown_device"),
               ("vigil/v1/grid-1/band-1/mood", b'{"value":70}', "unknown_kind"),
               ("vigil/v1/grid-1", b'{"value":70}', "unknown_topic"), (SOS, b"garbage", "bad_json"),
               ("zigbee2mqtt/Kitchen leak", b'{"water_leak":"wet"}', "bad_profile_value"),
               ("zigbee2mqtt/ghost", b'{"water_leak":true}', "unknown_device")]
        for topic, payload, _ in bad:
            device.wait_acked(device.publish(topic, payload))
        for _ in range(500):
            device.publish(HEART, dice.randbytes(dice.randrange(1, 200)))
        good = device.publish(HEART, '{"value":70,"seq":77}')
        device.wait_acked(good)
        wait_until(lambda: any(event["sequence"] == 77 for event in events(stack, TELEMETRY)), 20,
                   "the good reading after the garbage")

        kept = {}
        for _, _, headers, value in records(stack, QUARANTINE):
            kept.setdefault((headers["topic"], headers["reason"]), []).append((value, headers))
        for topic, payload, reason in bad:
            values = [value for value, _ in kept.get((topic, reason), [])]
            want = payload if len(payload) <= 900000 else payload[:1024]
            expect(want in values, f"{reason} of {topic} is in quarantine with its bytes")
        headers = [h for v, h in kept[(HEART, "too_large")] if len(v) == 1024][0]
        expect(headers["truncated"] == "1" and headers["payload_bytes"] == "1500000", "a cut one says so")
        expect(stack.processes["ingest"].alive(), "ingest lives")
        expect(len(events(stack, ALARM)) == 0, "no alarm out of garbage")
        device.close()
    finally:
        close(stack)


def test_an_alarm_gets_a_receipt_once_kafka_has_it_and_a_reading_none(stack_of):
    stack = running(stack_of)
    try:
        told = []
        device = Client(stack.port["mqtt"], "gateway", on_message=lambda *message: told.append(message))
        device.subscribe("vigil/receipts/+")
        device.publish(HEART, '{"value":70,"seq":1,"boot":2}')
        device.publish(SOS, '{"seq":1,"boot":2}')
        device.publish(SOS, "{}")  # no sequence: no receipt
        wait_until(lambda: told, 10, "a receipt")
        device.publish(SOS, '{"seq":1,"boot":2}')  # the gateway sends again: told again
        wait_until(lambda: len(told) == 2, 10, "a receipt for the duplicate")
        expect({(topic, payload) for topic, payload, _ in told}
               == {("vigil/receipts/sos-1", b'{"event_id":"sos-1:2:1"}')}, f"the receipt is exact: {told}")
        settle(stack, 3, "alarm")
        time.sleep(0.3)
        expect(len(told) == 2, "no receipt without a sequence or for a reading")
        alarms = events(stack, ALARM)
        expect(len(alarms) == 3 and all(event["key"] == "E1" for event in alarms), "three alarms, keyed by elder")
        device.close()
    finally:
        close(stack)


def test_a_retained_message_is_never_live(stack_of):
    stack = stack_of(programs=())
    stack.__enter__()
    try:
        stack.start("ingest")
        register(stack, DEVICES)
        stack.processes["ingest"].stop()
        device = Client(stack.port["mqtt"], "retainer")
        device.wait_acked(device.publish("zigbee2mqtt/Kitchen leak", '{"water_leak":true}', retain=True))
        device.wait_acked(device.publish("vigil/v1/grid-1/sos-1/fall", '{"seq":5}', retain=True))
        # A session of another name: both retained messages are there before it subscribes.
        with open(stack.conf, "r+", encoding="utf-8") as conf:
            text = conf.read().replace("ingest:\n", "ingest:\n  client_id: another\n", 1)
            conf.seek(0)
            conf.write(text)
        stack.start("ingest")
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_quarantined_total", 'reason="retained"') == 2, 10,
                   "both in quarantine")
        expect(events(stack, ALARM) == [], "no alarm out of a retained message")
        # The same device speaking now is live.
        device.publish("zigbee2mqtt/Kitchen leak", '{"water_leak":true}')
        wait_until(lambda: len(events(stack, ALARM)) == 1, 10, "the live leak")
        # A reconnect of the same session does not bring them again.
        stack.kill("ingest")
        stack.start("ingest")
        time.sleep(0.5)
        expect(stack.metric("ingest", "vigil_ingest_quarantined_total", 'reason="retained"') == 0,
               "retained messages come once a session")
        device.close()
    finally:
        close(stack)


def test_nothing_is_acknowledged_while_kafka_is_silent(stack_of):
    stack = running(stack_of)
    try:
        device = Client(stack.port["mqtt"], "patient")
        told = []
        gateway = Client(stack.port["mqtt"], "gateway", on_message=lambda *message: told.append(message))
        gateway.subscribe("vigil/receipts/+")
        stack.pause("kafka")
        device.publish(SOS, '{"seq":900}')
        for number in range(50):
            device.publish(HEART, '{"value":70,"seq":%d}' % number)
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_kafka_outstanding") >= 2, 10, "owed records")
        time.sleep(1.5)
        expect(told == [], "no receipt before Kafka has the alarm")
        expect(stack.metric("ingest", "vigil_ingest_groups_total", 'lane="alarm"') == 0, "no acknowledgement")
        expect(stack.http("ingest", "/-/healthy")[0] == 200, "waiting is healthy")
        stack.kill("ingest")  # holding everything
        stack.resume("kafka")
        stack.start("ingest")
        wait_until(lambda: told, 20, "the receipt, after the broker sent the alarm again")
        wait_until(lambda: {event["sequence"] for event in events(stack, TELEMETRY)} >= set(range(50)), 20,
                   "every reading")
        device.close()
        gateway.close()
    finally:
        stack.resume("kafka")
        close(stack)


def limit_alarm_records(stack, setting):
    """Make Kafka refuse, or take again, what is written to the alarm topic."""
    subprocess.run(kafka._java_argv([], "kafka.admin.ConfigCommand", "--bootstrap-server",
                                    f"127.0.0.1:{stack.port['kafka']}", "--alter", "--entity-type", "topics",
                                    "--entity-name", "vigil." + ALARM, *setting),
                   check=True, stdout=subprocess.DEVNULL)


def test_a_group_that_kafka_refuses_stays_with_the_broker(stack_of):
    _flow.needs_real_kafka()
    stack = running(stack_of)
    try:
        told = []
        device = Client(stack.port["mqtt"], "gateway", on_message=lambda *message: told.append(message))
        device.subscribe("vigil/receipts/+")
        limit_alarm_records(stack, ["--add-config", "max.message.bytes=32"])
        device.publish(SOS, '{"seq":41}')
        device.publish(SOS, "garbage")  # of the same group: its record is good, and may come twice
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_groups_refused_total", 'lane="alarm"') >= 1, 20,
                   "a refused group")
        wait_until(lambda: stack.http("ingest", "/-/ready")[0] == 503, 10, "not ready while Kafka refuses")
        expect(told == [] and events(stack, ALARM) == [], "no receipt, no event")
        limit_alarm_records(stack, ["--delete-config", "max.message.bytes"])
        wait_until(lambda: told, 30, "the receipt, once Kafka takes it")
        expect([event["sequence"] for event in events(stack, ALARM)] == [41], "the alarm, once")
        wait_until(lambda: stack.http("ingest", "/-/ready")[0] == 200, 10, "ready again")
        device.close()
    finally:
        close(stack)


def test_a_session_taken_over_steps_down(stack_of):
    stack = running(stack_of)
    try:
        first = stack.processes["ingest"]
        # The stand-by: the same client ids, an HTTP port of its own.
        conf = stack.conf + ".standby.yaml"
        with open(stack.conf, encoding="utf-8") as source, open(conf, "w", encoding="utf-8") as copy:
            copy.write(source.read().replace(f"127.0.0.1:{stack.port['ingest']}",
                                             f"127.0.0.1:{stack.port['rules']}"))
        second = stack.spawn("standby", [os.path.join(stack.build, "ingest", "vigil-ingest"), "--config", conf])
        wait_until(lambda: not first.alive(), 20, "the first to step down")
        expect(first.popen.returncode == 3, f"status 3 (got {first.popen.returncode}): systemd leaves it alone")
        del stack.processes["ingest"]  # its status is what we wanted, and no accident
        device = Client(stack.port["mqtt"], "after")
        device.publish(SOS, '{"seq":1}')
        wait_until(lambda: len(events(stack, ALARM)) == 1, 20, "the stand-by's work")
        expect(second.alive(), "the stand-by lives")
        device.close()
    finally:
        close(stack)


def test_ready_names_what_is_missing(stack_of):
    stack = stack_of(programs=())
    stack.__enter__()
    try:
        stack.start("ingest")
        expect(stack.http("ingest", "/-/ready")[0] == 200, "ready")
        stack.kill("mosquitto")
        wait_until(lambda: stack.http("ingest", "/-/ready")[0] == 503, 10, "not ready without a broker")
        expect("alarm-0: waiting for mqtt" in stack.http("ingest", "/-/ready")[1], "and says why")
        stack.start("mosquitto")
        wait_until(lambda: stack.http("ingest", "/-/ready")[0] == 200, 20, "ready again")
    finally:
        close(stack)


if __name__ == "__main__":
    sys.exit(_flow.main(globals()))
