#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One press of a help button on real servers, from the MQTT publish to the accepted page, and presses that must not be
paged. Numbers in comments are the steps of docs/event-path.md."""

import sys
import time

from _flow import expect, main
from _world import World

TOLD = ("F1a", "F1b", "T-near")


def test_one_press_reaches_a_person_who_accepts(stack):
    with World(stack()) as world:
        pagers = {who: world.pager(who) for who in (*TOLD, "T-far", "T-off", "desk-main")}
        begin = time.monotonic()

        # 1 to 3: the broker takes the press, ingest writes it to Kafka, and the gateway gets the receipt.
        expect(world.press() == 0, "the broker takes the press")
        page = pagers["T-near"].wait("page")
        took_s = time.monotonic() - begin
        expect(took_s < 2, f"the page came after {took_s:.2f} s")
        world.wait_receipt("sos-1:1:1")
        events = world.topic("events.alarm")
        expect(len(events) == 1, f"one event in Kafka, not {events}")
        expect(events[0]["elder"] == "E1" and events[0]["kind"] == "sos", f"it is E1's press: {events[0]}")
        expect(world.topic("quarantine") == [], "nothing is in quarantine")

        # 4 to 7: rules judge it once, save state and offset, and raise one alert.
        alerts = world.topic("alerts")
        expect([alert["transition"] for alert in alerts] == ["raised"], f"one alert, raised: {alerts}")
        expect(alerts[0]["event_id"] == "sos-1:1:1" and alerts[0]["elder"] == "E1", f"caused by it: {alerts[0]}")
        world.wait_checkpoint(alarm_events=1)

        # 8 to 12: the family and the nearest team on duty are paged, each once, and nobody else.
        for who in TOLD:
            told = pagers[who].wait("page")
            expect(told["alert_id"] == alerts[0]["alert_id"], f"{who} is told of this alert")
            expect(told["elder"]["name"] == "王桂兰" and told["severity"] == 1, f"{who} sees who: {told}")
        pagers["T-near"].give(page, "accept", eta_s=240)
        pagers["T-near"].wait("stored", lambda body: body["type"] == "accept")
        for who in ("F1a", "F1b"):
            pagers[who].wait("stand_down", lambda body: body["by"] == "T-near")
        pagers["T-near"].give(page, "arrive")
        pagers["T-near"].wait("stored", lambda body: body["type"] == "arrive")
        pagers["T-near"].give(page, "close", reason="real")
        pagers["T-near"].wait("stored", lambda body: body["type"] == "close")
        for who, pager in pagers.items():
            expect(len(pager.pages()) == (1 if who in TOLD else 0),
                   f"{who} has {len(pager.pages())} pages")

        # The ledger has the entries in order.
        ledger = [entry["type"] for entry in world.topic("ledger")]
        for earlier, later in (("raised", "planned"), ("planned", "sent"), ("sent", "received"),
                               ("received", "accepted"), ("accepted", "arrived"), ("arrived", "closed")):
            expect(earlier in ledger and later in ledger and ledger.index(earlier) < ledger.index(later),
                   f"{earlier} before {later} in {ledger}")
        expect(ledger.count("planned") == 3, f"three pages were planned: {ledger}")


def test_the_same_press_delivered_again_pages_nobody_again(stack):
    with World(stack()) as world:
        pager = world.pager("T-near")
        world.press(seq=7)
        pager.wait("page")
        world.wait_receipt("sos-1:1:7")
        world.receipts.clear()
        world.press(seq=7)  # as a gateway that has missed the receipt
        world.wait_receipt("sos-1:1:7")
        # When a later press of another elder is paged, a page of the repeat would have come before.
        other = world.pager("F2a")
        world.press(device="sos-2")
        other.wait("page")
        expect(len([page for page in pager.pages() if page["elder"]["id"] == "E1"]) == 1, "one page for E1")
        alerts = [alert for alert in world.topic("alerts") if alert["elder"] == "E1"]
        expect(len(alerts) == 1, f"one alert: {alerts}")


def test_who_declines_is_followed_by_the_next_at_once_and_the_last_by_the_desk(stack):
    with World(stack()) as world:
        near, far, desk = world.pager("T-near"), world.pager("T-far"), world.pager("desk-main")
        for who in ("F1a", "F1b"):
            world.pager(who, lambda page: ("decline", {"reason": "abroad"}))
        world.press()
        near.give(near.wait("page"), "decline", reason="on another call")
        begin = time.monotonic()
        page = far.wait("page")
        took_s = time.monotonic() - begin
        expect(took_s < 3, f"the next team was called {took_s:.1f} s after the first had declined")
        far.give(page, "decline", reason="on another call")
        begin = time.monotonic()
        page = desk.wait("page")
        took_s = time.monotonic() - begin
        expect(took_s < 3, f"the desk was called {took_s:.1f} s after the last team had declined")
        desk.give(page, "accept", eta_s=0)
        desk.wait("stored", lambda body: body["type"] == "accept")


def test_what_is_not_an_event_goes_to_quarantine_and_stops_nothing(stack):
    with World(stack()) as world:
        pager = world.pager("T-near")
        bad = {
            b"": "empty",
            b"\xff\xfe\x00 not json": None,
            b"{": "bad_json",
            b'{"value":"one"}': "wrong_type",
            b'{"value":70,"seq":-1}': "bad_sequence",
            b"[" * 5000: "bad_json",
            b'{"value":70,"pad":"' + b"x" * 600000 + b'"}': "too_large",
        }
        for payload in bad:
            expect(world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/band-1/heart_rate", payload)) == 0,
                   "the broker takes it")
        world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/nobody/heart_rate", '{"value":70}'))
        world.press(seq=5)
        pager.wait("page")
        world.wait_receipt("sos-1:1:5")
        refused = world.wait_topic("quarantine", len(bad) + 1)
        reasons = [record["headers"]["reason"] for record in refused]
        for reason in [*(reason for reason in bad.values() if reason), "unknown_device"]:
            expect(reason in reasons, f"{reason} among {reasons}")
        expect(len(refused) == len(bad) + 1, f"each once: {reasons}")
        expect(len(pager.pages()) == 1, "and only the press paged")


def test_a_press_is_paged_whatever_else_it_says(stack):
    with World(stack()) as world:
        for device, child, payload in (("sos-1", "F1a", b'{"seq":"3","t":null,"colour":"red"}'), ("sos-2", "F2a", b""),
                                       ("sos-3", "F3a", b"\xef\xbb\xbf{\"seq\":1,}\0")):
            pager = world.pager(child)
            world.mqtt.wait_acked(world.mqtt.publish(f"vigil/v1/grid-1/{device}/sos", payload))
            pager.wait("page")
        world.wait_receipt("sos-1:0:3")
        world.wait_receipt("sos-3:0:1")


def test_an_alarm_of_nobodys_device_is_told_to_the_desk(stack):
    with World(stack()) as world:
        desk = world.pager("desk-main")
        for _ in range(2):
            world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/sos-new-77/sos", '{"seq":1}'))
        page = desk.wait("page")
        expect("sos-new-77" in page["title"]["en"], f"it names the device: {page}")
        alerts = world.topic("alerts")
        expect({alert["rule"] for alert in alerts} == {"unregistered_device"}, f"one rule: {alerts}")
        expect(len({alert["alert_id"] for alert in alerts}) <= 2, f"one alert in ten minutes: {alerts}")
        reasons = [record["headers"]["reason"] for record in world.wait_topic("quarantine", 2)]
        expect(reasons == ["unknown_device"] * 2, f"and it is in quarantine: {reasons}")

        # The 30 alarms fall into at most two windows of ten minutes, so one window has more than ten.
        for number in range(30):
            world.mqtt.wait_acked(world.mqtt.publish(f"vigil/v1/grid-1/ghost-{number}/sos", '{"seq":1}'))
        crowd = desk.wait("page", lambda page: "Many alarms" in page["title"]["en"])
        expect("grid-1" in crowd["title"]["en"], f"many are told together, to the desk of their district: {crowd}")
        told = {alert["device"] for alert in world.topic("alerts") if alert["rule"] == "unregistered_device"}
        expect(len(told) <= 20, f"ten by name in ten minutes: {told}")
        expect(len(world.wait_topic("quarantine", 32)) == 32, "and each is in quarantine")


def test_a_press_under_an_old_count_is_paged_and_the_same_press_again_is_not(stack):
    with World(stack()) as world:
        pager = world.pager("T-near")
        now_ms = time.time_ns() // 1000000
        for number in range(2):
            world.press(seq=1, boot=0, t=now_ms + number)
            page = pager.wait("page", lambda page, number=number: page["event_time_ms"] == now_ms + number)
            for answer in ({"kind": "accept", "eta_s": 60}, {"kind": "arrive"}, {"kind": "close", "reason": "real"}):
                pager.give(page, **answer)
                pager.wait("stored", lambda body, kind=answer["kind"], page=page:
                           body["type"] == kind and body["page_id"] == page["page_id"])
            world.press(seq=1, boot=0, t=now_ms + number)
        world.press(device="sos-2", seq=1)
        pager.wait("page", lambda page: page["elder"]["id"] == "E2")
        expect(len({page["alert_id"] for page in pager.pages()}) == 3, f"three presses, three alerts: {pager.pages()}")


def test_a_retained_press_is_never_live(stack):
    with World(stack()) as world:
        world.stack.kill("ingest")
        world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/sos-1/sos", '{"seq":1}', retain=True))
        # A new client id has no session, so it receives the message only as retained.
        world.stack.change_conf("http: 127.0.0.1:{ingest}", "http: 127.0.0.1:{ingest}\n  client_id: second")
        world.stack.start("ingest")
        pager = world.pager("T-near")
        world.press(device="sos-2")
        pager.wait("page", lambda page: page["elder"]["id"] == "E2")
        expect(not [page for page in pager.pages() if page["elder"]["id"] == "E1"], "nobody is paged for it")
        expect("retained" in [record["headers"]["reason"] for record in world.wait_topic("quarantine", 1)],
               "it is in quarantine")


def test_an_answer_of_the_wrong_person_or_nonce_is_refused(stack):
    with World(stack()) as world:
        near, other = world.pager("T-near"), world.pager("F2a")
        world.press()
        page = near.wait("page")
        other.give(page, "accept", eta_s=1)
        other.wait("refused")
        near.give(dict(page, nonce="0" * 16), "accept", eta_s=1)
        near.wait("refused")
        near.give(page, "accept", eta_s=60)
        near.wait("stored", lambda body: body["type"] == "accept")


def test_a_key_that_is_not_on_the_list_is_not_admitted(stack):
    with World(stack()) as world:
        world.stranger_key("T-stranger")
        world.expect_no_welcome("T-stranger")
        near = world.pager("T-near")
        world.press()
        near.wait("page")


if __name__ == "__main__":
    sys.exit(main(globals()))
