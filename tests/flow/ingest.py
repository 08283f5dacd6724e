#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vigil-ingest on a real MQTT broker and a real Kafka: each message becomes an event, or is quarantined with a
reason."""

import json
import os
import random
import subprocess
import sys
import time

import _flow
from _flow import expect
from _ingest import events, records, register

from stack import kafka
from stack.mqtt import Client
from stack.proc import wait_until

# The tests share one stack. Each has its own devices and looks only at their events.
TESTS = ("garbage", "receipt", "import", "strangers", "retained", "silent", "refused", "forged", "takeover")
DEVICES = [row for name in TESTS
           for row in ((f"sos-{name}", f"E-{name}", "sos_button", "", ""),
                       (f"band-{name}", f"E-{name}", "wristband", "", ""),
                       (f"leak-{name}", f"E-{name}", "water_leak", "zigbee2mqtt", f"Leak of {name}"))]
ALARM, TELEMETRY, QUARANTINE = "events.alarm", "events.telemetry", "quarantine"


class Site:
    """The stack that all tests share, seen by the test @name: its devices, receipts and events."""

    stack = None

    def __init__(self, stack_of, name):
        self.name = name
        if Site.stack is None:
            Site.stack = stack_of(programs=())
            Site.stack.__enter__()
            # Import before ingest starts: each of its sessions reads the registry before it is ready.
            register(Site.stack, DEVICES)
            Site.stack.start("ingest")
        if not Site.stack.processes["ingest"].alive():
            Site.stack.start("ingest")
        self.told = []
        self.client = Client(Site.stack.port["mqtt"], "gateway-" + name,
                             on_message=lambda topic, payload, _: self.told.append((topic, payload)))
        self.client.subscribe(f"vigil/receipts/sos-{name}")

    def topic(self, kind):
        device = "sos" if kind in ("sos", "fall") else "band"
        return f"vigil/v1/grid-1/{device}-{self.name}/{kind}"

    def publish(self, kind, payload, **how):
        number = self.client.publish(self.topic(kind), payload, **how)
        return self.client.wait_acked(number) if how.get("qos", 1) else 0

    def events(self, topic):
        return [event for event in events(self.stack, topic) if event["elder"] == "E-" + self.name]

    def sequences(self, topic):
        return [event["sequence"] for event in self.events(topic)]

    def metric(self, name, labels=""):
        return self.stack.metric("ingest", "vigil_ingest_" + name, labels)

    def held(self, lane):
        return self.metric("messages_held", f'lane="{lane}"')

    def settle_alarms(self):
        """Publish a marker alarm and wait for its receipt: ingest has then finished every alarm before it."""
        self.publish("sos", '{"seq":999}')
        receipt = (f"vigil/receipts/sos-{self.name}", b'{"event_id":"sos-%s:0:999"}' % self.name.encode())
        wait_until(lambda: receipt in self.told, 10, "the receipt of the marker")
        self.told.remove(receipt)
        wait_until(lambda: self.held("alarm") == 0, 10, "the end of its group")

    def ready(self):
        return self.stack.http("ingest", "/-/ready")


def test_garbage_is_kept_with_its_reason_and_stalls_nothing(stack_of):
    site = Site(stack_of, "garbage")
    dice = random.Random(7)
    heart, sos, leak = site.topic("heart_rate"), site.topic("sos"), "zigbee2mqtt/Leak of garbage"
    bad = [(heart, b"", "empty"), (heart, b"{", "bad_json"), (heart, b"\xff\xfe\x00", "not_utf8"),
           (heart, b'{"value":"70"}', "wrong_type"), (heart, b"{}", "missing_key"),
           (heart, b'{"value":900}', "impossible_value"),
           (heart, b'{"value":70,"seq":-1}', "bad_sequence"), (heart, b" " * 300000, "too_large"),
           (heart, b"\x00" * 1500000, "too_large"),
           ("vigil/v1/grid-1/ghost/heart_rate", b'{"value":70}', "unknown_device"),
           ("vigil/v1/grid-1/band-garbage/mood", b'{"value":70}', "unknown_kind"),
           ("vigil/v1/grid-1", b'{"value":70}', "unknown_topic"), (sos, b"garbage", "bad_json"),
           (leak, b'{"water_leak":"wet"}', "bad_profile_value"),
           ("zigbee2mqtt/ghost", b'{"water_leak":true}', "unknown_device")]
    for topic, payload, _ in bad:
        site.client.wait_acked(site.client.publish(topic, payload))
    for _ in range(500):
        site.client.publish(heart, dice.randbytes(dice.randrange(1, 200)))
    site.publish("heart_rate", '{"value":70,"seq":77}')
    wait_until(lambda: 77 in site.sequences(TELEMETRY), 20, "the good reading after the garbage")

    kept = {}
    for _, _, headers, value in records(site.stack, QUARANTINE):
        kept.setdefault((headers["topic"], headers["reason"]), []).append((value, headers))
    for topic, payload, reason in bad:
        values = [value for value, _ in kept.get((topic, reason), [])]
        want = payload if len(payload) <= 900000 else payload[:1024]
        expect(want in values, f"{reason} of {topic} is in quarantine with its bytes")
    headers = [h for v, h in kept[(heart, "too_large")] if len(v) == 1024][0]
    expect(headers["truncated"] == "1" and headers["payload_bytes"] == "1500000", "a cut one says so")
    expect(site.stack.processes["ingest"].alive(), "ingest lives")
    expect(len(site.events(ALARM)) == 1, "the button's garbage is a press, and nothing else is an alarm")


def test_one_sender_cannot_fill_quarantine(stack_of):
    site = Site(stack_of, "garbage")
    leak = "zigbee2mqtt/Leak of garbage"
    for number in range(30):
        site.client.wait_acked(site.client.publish(leak, b"x" * 890000))
    site.settle_alarms()
    wait_until(lambda: site.metric("quarantine_limited_total", 'kept="start"') >= 28, 20, "most of them kept in part")
    values = [value for _, _, headers, value in records(site.stack, QUARANTINE) if headers["topic"] == leak]
    expect(len(values) >= 30, "each of them is there")
    expect(sum(map(len, values)) < 2_000_000, "and together they are small")


def test_an_alarm_gets_a_receipt_once_kafka_has_it_and_a_reading_none(stack_of):
    site = Site(stack_of, "receipt")
    site.publish("heart_rate", '{"value":70,"seq":1,"boot":2}')
    site.publish("sos", '{"seq":1,"boot":2}')
    site.publish("sos", "{}")  # no sequence: no receipt
    wait_until(lambda: site.told, 10, "a receipt")
    site.publish("sos", '{"seq":1,"boot":2}')  # the gateway sends it again: a second receipt
    wait_until(lambda: len(site.told) == 2, 10, "a receipt for the duplicate")
    expect(set(site.told) == {("vigil/receipts/sos-receipt", b'{"event_id":"sos-receipt:2:1"}')},
           f"the receipt is exact: {site.told}")
    wait_until(lambda: len(site.events(ALARM)) == 3, 10, "three alarms")
    site.settle_alarms()
    expect(len(site.told) == 2, "no receipt without a sequence or for a reading")
    expect(all(event["key"] == "E-receipt" for event in site.events(ALARM)), "keyed by the elder")


def test_a_press_right_after_the_import_is_known(stack_of):
    site = Site(stack_of, "import")
    for number in range(20):
        register(site.stack, [(f"new-{number}", "E-import", "sos_button", "", "")])
        site.client.publish(f"vigil/v1/grid-1/new-{number}/sos", '{"seq":1}')
    wait_until(lambda: len(site.events(ALARM)) == 20, 20, "an event of each press")
    expect(not any("new-" in headers["topic"] for _, _, headers, _ in records(site.stack, QUARANTINE)),
           "none is in quarantine")


def test_alarms_of_nobodys_devices_hold_up_no_other(stack_of):
    site = Site(stack_of, "strangers")
    for number in range(500):
        site.client.publish(f"vigil/v1/grid-1/stranger-{number}/smoke", "{}")
    begin = time.monotonic()
    site.publish("sos", '{"seq":1}')
    wait_until(lambda: site.told, 20, "the receipt behind them")
    took_s = time.monotonic() - begin
    expect(took_s < 10, f"it waited {took_s:.1f} s")
    told = [json.loads(value) for _, _, _, value in records(site.stack, "alerts")]
    # Ten are reported by name, and ten more if a new window of ten minutes has begun; the rest as a crowd
    # (docs/wire/mqtt.md).
    named = {alert["device"] for alert in told if alert["device"].startswith("stranger-")
             and alert["rule"] != "many_unregistered"}
    expect(10 <= len(named) <= 20, f"the first are told by name, not {len(named)}")
    expect(any(alert["rule"] == "many_unregistered" for alert in told), "the others are told together")


def test_a_retained_message_is_never_live(stack_of):
    site = Site(stack_of, "retained")
    leak = "zigbee2mqtt/Leak of retained"
    site.stack.processes["ingest"].stop()
    # With a new client id, ingest subscribes anew, after both retained messages were published.
    change_client_id(site.stack, "another")
    for topic, payload in ((leak, '{"water_leak":true}'), (site.topic("fall"), '{"seq":5}')):
        site.client.wait_acked(site.client.publish(topic, payload, retain=True))
    site.stack.start("ingest")
    wait_until(lambda: site.metric("quarantined_total", 'reason="retained"') == 2, 10, "both in quarantine")
    expect(site.events(ALARM) == [], "no alarm out of a retained message")
    site.client.publish(leak, '{"water_leak":true}')
    wait_until(lambda: len(site.events(ALARM)) == 1, 10, "the same device speaking now is live")
    site.stack.kill("ingest")
    site.stack.start("ingest")
    site.settle_alarms()
    expect(site.metric("quarantined_total", 'reason="retained"') == 0, "retained messages come once a session")
    for topic in (leak, site.topic("fall")):
        site.client.wait_acked(site.client.publish(topic, b"", retain=True))


def change_client_id(stack, client_id):
    with open(stack.conf, "r+", encoding="utf-8") as conf:
        text = conf.read().replace("ingest:\n", f"ingest:\n  client_id: {client_id}\n", 1)
        conf.seek(0)
        conf.write(text)


def test_nothing_is_acknowledged_while_kafka_is_silent(stack_of):
    site = Site(stack_of, "silent")
    # Finish the messages of earlier tests, so that no group is in progress when Kafka hangs.
    site.settle_alarms()
    groups = site.metric("groups_total", 'lane="alarm"')
    site.stack.pause("kafka")
    try:
        site.publish("sos", '{"seq":900}')
        for number in range(50):
            site.publish("heart_rate", '{"value":70,"seq":%d}' % number)
        wait_until(lambda: site.held("alarm") and site.held("telemetry"), 10, "both lanes to hold messages")
        wait_until(lambda: "kafka does not acknowledge" in site.ready()[1], 10, "ingest to say that Kafka is silent")
        expect(site.held("alarm") == 1, "the alarm is held")
        expect(site.told == [], "no receipt before Kafka has the alarm")
        expect(site.metric("groups_total", 'lane="alarm"') == groups, "no acknowledgement")
        expect(site.stack.http("ingest", "/-/healthy")[0] == 200, "waiting is healthy")
        site.stack.kill("ingest")  # while it holds all messages
    finally:
        site.stack.resume("kafka")
    site.stack.start("ingest")
    wait_until(lambda: site.told, 20, "the receipt, after the broker sent the alarm again")
    wait_until(lambda: set(site.sequences(TELEMETRY)) >= set(range(50)), 20, "every reading")


def limit_alarm_records(stack, setting):
    """Make Kafka refuse records of the alarm topic, or accept them again."""
    subprocess.run(kafka._java_argv([], "kafka.admin.ConfigCommand", "--bootstrap-server",
                                    f"127.0.0.1:{stack.port['kafka']}", "--alter", "--entity-type", "topics",
                                    "--entity-name", "vigil." + ALARM, *setting),
                   check=True, stdout=subprocess.DEVNULL)


def test_a_group_that_kafka_refuses_stays_with_the_broker(stack_of):
    _flow.needs_real_kafka()
    site = Site(stack_of, "refused")
    limit_alarm_records(site.stack, ["--add-config", "max.message.bytes=32"])
    try:
        site.publish("sos", '{"seq":41}')
        site.publish("button_cancel", "garbage")  # in the same group; its record is good, and may be written twice
        wait_until(lambda: site.metric("groups_refused_total", 'lane="alarm"') >= 1, 20, "a refused group")
        wait_until(lambda: site.ready()[0] == 503, 10, "not ready while Kafka refuses")
        expect(site.told == [] and site.events(ALARM) == [], "no receipt, no event")
    finally:
        limit_alarm_records(site.stack, ["--delete-config", "max.message.bytes"])
    wait_until(lambda: site.told, 30, "the receipt, once Kafka takes it")
    expect(site.sequences(ALARM) == [41], "the alarm, once")
    wait_until(lambda: site.ready()[0] == 200, 10, "ready again")


def test_ready_names_what_is_missing(stack_of):
    site = Site(stack_of, "takeover")
    expect(site.ready()[0] == 200, "ready")
    for away, back in ((site.stack.kill, site.stack.start), (site.stack.pause, site.stack.resume)):
        away("mosquitto")
        try:
            wait_until(lambda: site.ready()[0] == 503 and "alarm-0: waiting for mqtt" in site.ready()[1], 10,
                       "not ready without a broker, and saying why")
        finally:
            back("mosquitto")
        wait_until(lambda: site.ready()[0] == 200, 20, "ready again")


def test_nothing_that_an_mqtt_client_writes_takes_a_session_away(stack_of):
    site = Site(stack_of, "forged")
    words = (b"f" * 16, b"take " + b"f" * 16, b"", b"f" * 17)
    for topic in [f"vigil/ingest/{word}vigil-ingest-{lane}-0" for word in ("claims/", "", "pulse/")
                  for lane in ("alarm", "telemetry")] + ["vigil/ingest/pulse", "vigil/health", "vigil/ingest/claims"]:
        for word in words:
            site.client.wait_acked(site.client.publish(topic, word, retain=True))
    site.stack.kill("mosquitto")
    site.stack.start("mosquitto")
    wait_until(lambda: site.ready()[0] == 200, 20, "connected again")
    site.client = Client(site.stack.port["mqtt"], "gateway-again", on_message=lambda *told: site.told.append(told[:2]))
    site.client.subscribe("vigil/receipts/sos-forged")
    site.settle_alarms()
    expect(site.stack.processes["ingest"].alive() and site.ready()[0] == 200, "ingest has its sessions")


def test_a_stand_by_lives_and_takes_over_again(stack_of):
    site = Site(stack_of, "takeover")
    stack = site.stack
    # Another process with the same client ids and another HTTP port.
    conf = stack.conf + ".second.yaml"
    with open(stack.conf, encoding="utf-8") as source, open(conf, "w", encoding="utf-8") as copy:
        copy.write(source.read().replace(f"127.0.0.1:{stack.port['ingest']}", f"127.0.0.1:{stack.port['rules']}"))
    second = stack.spawn("second", [os.path.join(stack.build, "ingest", "vigil-ingest"), "--config", conf])
    wait_until(lambda: "standing by" in site.ready()[1], 20, "the first to stand by")
    wait_until(lambda: stack.http("rules", "/-/ready")[0] == 200, 20, "the second to be ready")
    site.publish("sos", '{"seq":1}')
    wait_until(lambda: site.sequences(ALARM) == [1], 20, "the second's work")
    expect(stack.processes["ingest"].alive(), "the first lives")
    second.popen.kill()
    site.publish("sos", '{"seq":2}')
    wait_until(lambda: site.sequences(ALARM) == [1, 2], 20, "the first's work, once the second is gone")
    expect(site.ready()[0] == 200, "the first is ready")
    stack.extra.remove(second)  # we ended it


def test_everything_ends_cleanly(stack_of):
    """Must be last: sanitizers report when a program ends."""
    if Site.stack is not None:
        Site.stack.__exit__(None, None, None)


def main():
    try:
        return _flow.main(globals())
    finally:
        if Site.stack is not None:
            Site.stack.close()


if __name__ == "__main__":
    sys.exit(main())
