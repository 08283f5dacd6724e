#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One press of a button, from the MQTT publish to the accepted page, on real servers; and what must
not become a page. The comments follow docs/event-path.md."""

import sys
import time

from _flow import expect, main
from _world import World

TOLD = ("F1a", "F1b", "T-near")


def test_one_press_reaches_a_person_who_accepts(stack):
    with World(stack()) as world:
        pagers = {who: world.pager(who) for who in (*TOLD, "T-far", "T-off", "desk-main")}
        begin = time.monotonic()

        # 1 to 3: the broker takes it, ingest reads it, Kafka has it, the gateway may forget it.
        expect(world.press() == 0, "the broker takes the press")
        page = pagers["T-near"].wait("page")
        took_s = time.monotonic() - begin
        expect(took_s < 2, f"the page came after {took_s:.2f} s")
        world.wait_receipt("sos-1:1:1")
        events = world.topic("events.alarm")
        expect(len(events) == 1, f"one event in Kafka, not {events}")
        expect(events[0]["elder"] == "E1" and events[0]["kind"] == "sos", f"it is E1's press: {events[0]}")
        expect(world.topic("quarantine") == [], "nothing is in quarantine")

        # 4 to 7: judged once, state and position saved, one alert.
        alerts = world.topic("alerts")
        expect([alert["transition"] for alert in alerts] == ["raised"], f"one alert, raised: {alerts}")
        expect(alerts[0]["event_id"] == "sos-1:1:1" and alerts[0]["elder"] == "E1", f"caused by it: {alerts[0]}")
        world.wait_checkpoint(alarm_events=1)

        # 8 to 11: family and the nearest team on duty, each once, and nobody else.
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

        # The ledger tells it in the order it happened.
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
        world.press(seq=7)  # a gateway that missed the receipt
        world.wait_receipt("sos-1:1:7")
        # A later press of another elder has gone the whole way: the repeat would have come before it.
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
            b'{"seq":"one"}': "wrong_type",
            b'{"seq":1,"colour":"red"}': "unknown_key",
            b'{"seq":-1}': None,
            b"[" * 5000: "bad_json",
            b'{"seq":1,"pad":"' + b"x" * 600000 + b'"}': "too_large",
        }
        for payload in bad:
            expect(world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/sos-1/sos", payload)) == 0,
                   "the broker takes it")
        world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/nobody/sos", '{"seq":1}'))
        world.press(seq=5)
        pager.wait("page")
        world.wait_receipt("sos-1:1:5")
        refused = world.wait_topic("quarantine", len(bad) + 1)
        reasons = [record["headers"]["reason"] for record in refused]
        for reason in [*(reason for reason in bad.values() if reason), "unknown_device"]:
            expect(reason in reasons, f"{reason} among {reasons}")
        expect(len(refused) == len(bad) + 1, f"each once: {reasons}")
        expect(len(pager.pages()) == 1, "and only the press paged")


def test_a_retained_press_is_never_live(stack):
    with World(stack()) as world:
        world.stack.kill("ingest")
        world.mqtt.wait_acked(world.mqtt.publish("vigil/v1/grid-1/sos-1/sos", '{"seq":1}', retain=True))
        # A new client id has no session yet: it gets the message as retained only.
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
