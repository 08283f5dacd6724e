#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""vigil-alerting on a real Kafka: an alert is written to Kafka, the right people are paged, and one of them answers."""

import json
import os
import random
import subprocess
import sys
import time

import _flow
from _alerting import Neighbourhood, Peer, alert, consume, make_keys, partition_of, peer_argv, produce, put_alert
from _flow import at_any_moment, expect
from stack.proc import wait_until

QUICK = """\
version: 1
desk: desk-main
ladders:
  - id: sos-now
    arrive_within: 1m
    steps:
      - { page: [family, nearest_team], answer_within: 2s }
      - { page: [next_team], answer_within: 2s }
      - { page: [desk], answer_within: 2s }
"""


def ledger_types(stack, alert_id):
    return [row["type"] for row in consume(stack, "ledger") if row["alert_id"] == alert_id]


def test_family_and_nearest_team_are_paged_at_once_and_accept_stands_the_others_down(stack_of):
    with Neighbourhood(stack_of) as here:
        first, second, team, far, desk = here.join("F1", "F2", "T1", "T2", "desk-main")
        record = alert()
        put_alert(here.stack, record)
        page = team.expect("page")
        expect(page["elder"]["name"] == "王桂兰" and page["elder"]["district"] == "grid-1", "who and where")
        expect(page["recipient"] == "T1" and page["role"] == "team" and page["attempt"] == 1, "T1's own page")
        expect(set(page["others"]) == {"F1", "F2"}, "the others on it")
        mine = first.expect("page")
        second.expect("page")
        first.send("delivered", {"page_id": mine["page_id"]})
        team.answer("accept", page, eta_s=300)
        stored = team.expect("stored")
        expect(stored["type"] == "accept", "the accept is stored")
        down = first.expect("stand_down")
        expect(down["by"] == "T1" and down["role"] == "team" and down["reason"] == "accepted", "who is on it")
        second.expect("stand_down")
        team.answer("arrive", page)
        team.expect("stored")
        team.answer("close", page, reason="real")
        team.expect("stored")
        far.expect_none("page", 0.3)
        desk.expect_none("page", 0.1)
        types = ledger_types(here.stack, record["alert_id"])
        for wanted in ("raised", "planned", "sent", "received", "delivered", "accepted", "stand_down", "arrived", "closed"):
            expect(wanted in types, f"{wanted} in the ledger, not only {types}")
        expect(types.index("planned") < types.index("sent") < types.index("accepted") < types.index("closed"),
               f"the ledger in its order, not {types}")
        acks = [row["type"] for row in consume(here.stack, "acks")]
        expect(acks == ["accept", "arrive", "close"], f"every answer once in acks, not {acks}")
        state = [row for row in consume(here.stack, "pages") if row][-1]
        expect(state["response"] == "closed" and state["reason"] == "real", "the stored state")
        expect(here.metric("unowned_alerts") == 0, "no alert without an owner")


def test_family_that_connects_after_a_team_has_accepted_is_told_and_stood_down(stack_of):
    with Neighbourhood(stack_of) as here:
        second, team = here.join("F2", "T1")
        record = alert()
        put_alert(here.stack, record)
        second.expect("page")
        team.answer("accept", team.expect("page"))
        team.expect("stored")
        second.expect("stand_down")
        first = here.join("F1")
        expect(first.expect("page")["holder"] == "T1", "the page says who has it")
        down = first.expect("stand_down")
        expect(down["by"] == "T1" and down["reason"] == "accepted", "F1 need not go")
        second.expect_none("page", 0.3)


def test_the_time_from_event_to_page_is_told_where_there_was_an_event(stack_of):
    with Neighbourhood(stack_of, QUICK) as here:
        team, far = here.join("T1", "T2")
        now_us = int(time.time() * 1000000)
        for elder, received_us in (("E2", 0), ("E3", now_us)):  # caused by a deadline, and by an event
            put_alert(here.stack, alert(1, elder, trace={"received_us": received_us, "judged_us": now_us}))
            team.expect("page")
            far.expect("page")  # the second step, which waited 2 s: no time of ours
        for stage, count in (("stored_to_sent", 2), ("event_to_page", 1)):
            wait_until(lambda s=stage, c=count: here.metric(s + "_seconds_count") == c, 10, f"{count} in {stage}")
            expect(here.metric(stage + "_seconds_sum") < 60, f"{stage} takes no years")


def test_the_same_alert_twice_is_paged_once(stack_of):
    with Neighbourhood(stack_of) as here:
        team = here.join("T1")
        record = alert()
        put_alert(here.stack, record)
        put_alert(here.stack, record)
        team.expect("page")
        team.expect_none("page", 1)
        wait_until(lambda: here.metric("alerts_total", 'result="known"') == 1, 5, "the second one known")


def test_silence_escalates_to_the_next_team_and_then_to_the_desk_until_it_answers(stack_of):
    with Neighbourhood(stack_of, QUICK) as here:
        team, far, desk = here.join("T1", "T2", "desk-main")
        put_alert(here.stack, alert())
        asked = team.expect("page")
        expect(asked["answer_by_ms"] * 1000 >= asked["trace"]["intake_us"] + 1999000, "a step of 2 s")
        later = far.expect("page")  # no upper limit here, the machine may be busy; tests/unit/alerting/climb.c has one
        expect(later["trace"]["sent_us"] >= asked["answer_by_ms"] * 1000, "the next team not before the step's 2 s")
        first = desk.expect("page")
        again = desk.expect("page")
        expect(again["attempt"] == first["attempt"] + 1 and again["step"] == first["step"], "the desk is asked again")
        desk.answer("accept", again)
        desk.expect("stored")
        team.expect("stand_down")
        desk.expect_none("page", 3)


def test_a_decline_pages_the_next_team_at_once(stack_of):
    with Neighbourhood(stack_of) as here:
        team, far = here.join("T1", "T2")
        put_alert(here.stack, alert())
        team.answer("decline", team.expect("page"), reason="flat tyre")
        page = far.expect("page")  # without the decline, the step lasts 45 s
        expect(page["step"] == 0, "within the same step")


def test_kill_in_each_state_loses_no_page_and_forgets_no_answer(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team, first = here.join("T1", "F1")
        for number, state in enumerate(("planned", "sent", "received", "accepted", "on_scene"), 1):
            elder = f"E{number}"
            if state == "planned":  # T1 is not connected: its page is planned and not sent
                team.close()
            if state == "sent":
                team.receipts = False
            put_alert(stack, alert(number, elder))
            page = None
            if state != "planned":
                page = team.expect("page")
            else:
                wait_until(lambda e=elder: any(row["elder"] == e and row["type"] == "planned"
                                               for row in consume(stack, "ledger")), 5, "planned")
            if state in ("accepted", "on_scene"):
                team.answer("accept", page)
                team.expect("stored")
            if state == "on_scene":
                team.answer("arrive", page)
                team.expect("stored")
            stack.kill("alerting")
            stack.start("alerting")
            if state == "planned":
                team = here.join("T1")
            else:
                # The socket reconnects by itself; the client then has to send hello.
                team.send("hello", {"language": "zh"})
            again = team.expect("page", where=lambda body, e=elder: body["elder"]["id"] == e)
            if page:
                expect(again["page_id"] == page["page_id"], f"{state}: one card, {again['page_id']} {page['page_id']}")
                expect(again["nonce"] == page["nonce"], "the same nonce")
            team.receipts = True
            if state in ("accepted", "on_scene"):
                expect(again["holder"] == "T1" and again["state"] == "accepted", "still T1's")
            else:
                team.answer("accept", again)
                team.expect("stored")
            team.answer("close", again, reason="test")
            team.expect("stored")
        first.close()
        expect(here.metric("unowned_alerts") == 0, "no alert without an owner")


def test_kills_around_an_answer_leave_each_number_of_the_ledger_once(stack_of):
    chance = random.Random(1)
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team, _ = here.join("T1", "F1")
        for number in range(1, 7):
            elder = f"E{number % 5 + 1}"
            put_alert(stack, alert(number, elder))
            page = team.expect("page", where=lambda body, e=elder: body["elder"]["id"] == e)
            team.answer("accept", page)
            at_any_moment(chance, 0, 0.02)  # kill at any point of handling the answer
            stack.kill("alerting")
            stack.start("alerting")
            team.send("hello", {"language": "zh"})
            again = team.expect("page", where=lambda body, e=elder: body["elder"]["id"] == e)
            if again["state"] != "accepted":
                team.answer("accept", again)
                team.expect("stored", where=lambda body: body["type"] == "accept")
            team.answer("close", again, reason="test")
            team.expect("stored", where=lambda body, p=again: body["type"] == "close" and body["page_id"] == p["page_id"])

        def numbers():
            found = {}
            for row in consume(stack, "ledger"):
                found.setdefault(row["alert_id"], []).append((int(row["ledger_id"].rsplit("/", 1)[1]), row["type"]))
            return found

        wait_until(lambda: len(numbers()) == 6 and all(any(kind == "closed" for _, kind in rows)
                                                        for rows in numbers().values()), 20, "all closed")
        for alert_id, rows in numbers().items():
            expect([n for n, _ in rows] == list(range(len(rows))), f"{alert_id}: each number once, not {rows}")


def test_strangers_and_thieves_change_nothing(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team, child = here.join("T1", "F1")
        eve = here.add(Peer(stack, "eve"))
        watcher = here.add(Peer(stack, "watch"))
        put_alert(stack, alert())
        page = team.expect("page")
        mine = child.expect("page")
        eve.expect_none("page", 0.5)
        watcher.expect_none("page", 0.1)
        expect(not eve.seen and not watcher.seen, "a key that is not admitted hears nothing at all")
        expect(here.metric("connections_total", 'result="refused"') >= 2, "both were refused")
        # A peer that sets its own routing id receives nothing, even with an allowed key.
        thief = here.add(Peer(stack, "F2", extra=("T1",)))
        thief.expect_none("page", 0.5)
        expect(not thief.seen, "a peer that names itself is not spoken to")
        # F1 answers T1's page, then with a guessed nonce, then a page that was never sent.
        child.answer("accept", page)
        expect(child.expect("refused")["why"] == "recipient", "another's page")
        child.answer("accept", dict(mine, nonce="0" * 16))
        expect(child.expect("refused")["why"] == "nonce", "a guessed nonce")
        child.answer("accept", dict(mine, page_id=mine["page_id"][:-1] + "9"))
        expect(child.expect("refused")["why"] == "unknown_page", "an attempt that never was")
        child.answer("close", mine, reason="real")
        expect(child.expect("refused")["why"] == "role", "family does not close")
        child.send("accept", {"page_id": 7})
        team.answer("accept", page)
        team.expect("stored")
        # A key removed from allowed.yaml is refused, also on its existing connection.
        allowed = os.path.join(stack.folder, "keys", "allowed.yaml")
        with open(allowed, encoding="utf-8") as file:
            rows = [line for line in file if " F1," not in line]
        taken = here.count("alerting", "V0441")
        with open(allowed, "w", encoding="utf-8") as file:
            file.writelines(rows)
        refused = here.metric("frames_refused_total")
        wait_until(lambda: here.count("alerting", "V0441") > taken, 10, "the shorter list to be taken into force")
        child.answer("decline", mine)
        child.expect_none("stored", 0.5)
        expect(here.metric("frames_refused_total") > refused, "its frames are refused")


def test_the_feed_converges_by_snapshot_and_replay(stack_of):
    with Neighbourhood(stack_of) as here:
        stack = here.stack
        team, first = here.join("T1", "F1")
        endpoint = f"tcp://127.0.0.1:{stack.port['snapshot']}"

        def ask(request, who="watch"):
            done = subprocess.run(peer_argv(stack, "ask", endpoint, os.path.join(stack.folder, "keys"), who,
                                            json.dumps(request)), stdout=subprocess.PIPE, check=False, timeout=20)
            return json.loads(done.stdout) if done.returncode == 0 else None

        before = ask({"want": "snapshot"})
        expect(before["alerts"] == [], "nothing is open yet")
        record = alert()
        put_alert(stack, record)
        team.answer("accept", team.expect("page"))
        team.expect("stored")
        first.expect("stand_down")
        after = ask({"want": "snapshot"})
        expect([row["response"] for row in after["alerts"]] == ["dispatched"], "one open alert")
        expect("王" not in json.dumps(after, ensure_ascii=False), "no name on the feed")
        replay = ask({"want": "replay", "epoch": after["epoch"], "from_seq": before["seq"] + 1})
        numbers = [message["seq"] for message in replay["messages"]]
        expect(numbers == list(range(before["seq"] + 1, after["seq"] + 1)), f"every message once, not {numbers}")
        changes = [message["change"] for message in replay["messages"]]
        for wanted in ("raised", "paged", "accepted", "stand_down"):
            expect(wanted in changes, f"{wanted} on the feed, not only {changes}")
        expect(replay["messages"][-1]["alert"]["holder"] == "T1", "and the end is the snapshot's")
        expect(ask({"want": "replay", "epoch": "other", "from_seq": 1}) == {"gone": True}, "another epoch is gone")
        expect(ask({"want": "replay", "epoch": after["epoch"], "from_seq": after["seq"] + 5}) == {"gone": True}, "the future")
        expect(ask({"want": "snapshot"}, who="T1") is None, "a team may not read the feed")


if __name__ == "__main__":
    sys.exit(_flow.main(globals()))
