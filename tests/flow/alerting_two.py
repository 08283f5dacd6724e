#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two alerting processes share the partitions, and one is killed; two devices share a key, and one answers."""

import json
import os
import queue
import subprocess
import sys
import threading
import time

import _flow
from _alerting import Neighbourhood, Peer, alert, consume, partition_of, put_alert
from _flow import expect, needs_real_kafka, pass_by
from stack.proc import wait_until


# The desk is paged first for every alert: which team is paged depends on the other alerts of each team.
DESK_FIRST = """\
version: 1
desk: desk-main
ladders:
  - id: sos-now
    arrive_within: 10m
    steps:
      - { page: [desk], answer_within: 25s }
      - { page: [nearest_team], answer_within: 60s }
      - { page: [desk], answer_within: 60s }
"""


class Device:
    """`vigil pager --json` or `vigil watch --json` as a child: reads its lines and sends it commands."""

    def __init__(self, stack, verb, who, conf=None):
        self.lines, self.news = queue.Queue(), []
        # pylint: disable=consider-using-with
        self.popen = subprocess.Popen(stack.vigil_argv(verb, "--as", who, "--json", "--lang", "en"), env=dict(stack.env, VIGIL_CONFIG=conf or stack.conf),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._listen, daemon=True).start()

    def _read(self):
        for line in self.popen.stdout:
            self.lines.put(json.loads(line))

    def _listen(self):
        for line in self.popen.stderr:
            self.said.append(line)

    def take(self):
        while not self.lines.empty():
            self.news.append(self.lines.get())
        return self.news

    def expect(self, what, within_s=30, **wanted):
        """Wait for a line that has all keys and values of @wanted; earlier lines count. Return: the first."""
        def found():
            return next((row for row in self.take() if all(row.get(key) == value for key, value in wanted.items())), None)
        return wait_until(found, within_s, f"{what}; got {[(row.get('news'), row.get('elder')) for row in self.news]}")

    def say(self, command):
        self.popen.stdin.write(command + "\n")
        self.popen.stdin.flush()

    def close(self):
        self.popen.kill()
        self.popen.wait()


class Two(Neighbourhood):
    """Two alerting processes, each with some of the partitions."""

    def __init__(self, stack_of):
        needs_real_kafka()
        super().__init__(lambda **options: stack_of(second_alerting=True, **options), DESK_FIRST)
        self.stack.start("alerting-2")
        wait_until(lambda: all(self.owned()), 60, "a share of the partitions for each")

    def owned(self):
        """How many partitions each process has, by its log: taken over (V0411) minus given back (V0412)."""
        return [self.count(name, "V0411") - self.count(name, "V0412") for name in ("alerting", "alerting-2")]

    def device(self, who, verb="pager"):
        return self.add(Device(self.stack, verb, who))


def press(here, number, elder, **changes):
    record = alert(number, elder, **changes)
    put_alert(here.stack, record)
    return record["alert_id"]


def test_every_alert_reaches_its_people_once_and_one_process_may_be_killed(stack_of):
    with Two(stack_of) as here:
        desk, watch = here.device("desk-main"), here.device("watch", "watch")
        for _ in range(2):
            desk.expect("welcomes of both", instances=2, connected=2)
        elders = [f"E{number}" for number in range(1, 5)]  # one in each partition
        expect(len({partition_of(elder) for elder in elders}) == 4, "a press in each partition")
        alerts = {elder: press(here, 1, elder) for elder in elders}
        for elder in elders:
            desk.expect(f"a page of {elder}", news="page", elder=elder)
            wait_until(lambda e=elder: any(row["alert"]["elder"] == e for row in watch.take()), 20, f"{elder} on the feed")
        before = {name: here.stack.metric(name, "vigil_alerting_alerts_total", 'result="new"')
                  for name in ("alerting", "alerting-2")}
        expect(min(before.values()) >= 1 and sum(before.values()) == 4, f"both have alerts: {before}")

        here.stack.kill("alerting")
        for elder in elders:  # some of the answers go to the process that was killed
            desk.say("accept " + alerts[elder])
        later = {elder: press(here, 2, elder) for elder in ("E5", "E6", "E7", "E8")}
        for elder in elders:
            desk.expect(f"the accept of {elder} stored", 60, news="stored", answer="accept", elder=elder)
        for elder in later:
            desk.expect(f"a page of {elder}", 60, news="page", elder=elder)
        wait_until(lambda: any("feed lost" in line and str(here.stack.port["feed"]) in line for line in watch.said), 20,
                   "the feed that is lost, named")
        for alert_id in [*alerts.values(), *later.values()]:
            pages = [row for row in desk.take() if row.get("alert_id") == alert_id and row["news"] == "page"]
            expect(len(pages) == 1, f"one card and one page each, not {pages}")
        expect(not [row for row in desk.news if row["news"] in ("doubled", "refused")], "nothing doubled, nothing refused")
        opened = {row["alert"]["elder"] for row in watch.take() if row["change"] == "open"}
        expect(opened, "what the survivor took over is on its feed as open")

        here.stack.start("alerting")
        wait_until(lambda: here.stack.metric("alerting", "vigil_alerting_connected_endpoints") >= 1, 30, "the desk is back there")
        expect(here.stack.metric("alerting", "vigil_alerting_connected_partly_endpoints") == 0, "nobody knows one only")
        wait_until(lambda: here.stack.http("alerting", "/-/ready")[0] == 200, 60, "the first one in its place again")
        for elder in elders:
            press(here, 3, elder, rule="fall")
        for elder in elders:
            desk.expect(f"a page of {elder}'s fall", 60, news="page", elder=elder, rule="fall")
        expect(not [row for row in desk.take() if row["news"] in ("doubled", "refused")], "nor doubled by the way back")


def test_who_stood_still_does_not_act_on_what_was_answered_elsewhere(stack_of):
    with Two(stack_of) as here:
        desk, *teams = devices = [here.device(who) for who in ("desk-main", "T1", "T2")]
        for device in devices:
            device.expect("welcomes of both", instances=2, connected=2)
        alerts = {elder: press(here, 1, elder) for elder in ("E1", "E2", "E3", "E4")}
        for elder in alerts:
            desk.expect(f"a page of {elder}", news="page", elder=elder)
        begin = time.monotonic()
        here.stack.pause("alerting")
        for elder, alert_id in alerts.items():
            desk.say("accept " + alert_id)
            desk.expect(f"the accept of {elder} stored", 24, news="stored", answer="accept", elder=elder)
        pass_by(26, begin)  # the first step (25 s) is over in the stopped process as well
        back = here.count("alerting", "V0411")
        here.stack.resume("alerting")
        wait_until(lambda: here.count("alerting", "V0411") > back, 30, "its partitions read back")
        # A wrong page would arrive before the pages of later presses in the same partition.
        for elder in ("E5", "E6", "E7", "E8"):
            press(here, 2, elder)
            desk.expect(f"a page of {elder}", news="page", elder=elder)
        for device in teams:
            pages = [row for row in device.take() if row["news"] == "page"]
            expect(not pages, f"nobody else is asked: {pages}")
        expect(not [row for row in desk.take() if row["news"] == "doubled"], "nor the desk again")
        states = {row["alert"]["elder"]: row["response"] for row in consume(here.stack, "pages")
                  if row and row["alert"]["elder"] in alerts}
        expect(set(states.values()) == {"acked"}, f"the accepts are what is remembered: {states}")


def test_who_knows_one_of_two_processes_is_seen_and_told(stack_of):
    with Two(stack_of) as here:
        half = here.add(Peer(here.stack, "T1"))  # connects to the first only; its hello has no instances
        expect(half.expect("welcome")["instances"] == 2, "how many there are")
        wait_until(lambda: here.metric("connected_partly_endpoints") == 1, 20, "an endpoint that knows one only")
        expect(here.count("alerting", "V0426") >= 1, "and a line in the log")

        with open(here.stack.conf, encoding="utf-8") as whole:
            text = whole.read().partition("  instances:\n")[0]
        conf = os.path.join(here.stack.folder, "one.yaml")
        with open(conf, "w", encoding="utf-8") as one:
            one.write(text)
        for device in (Device(here.stack, "pager", "T2", conf), Device(here.stack, "watch", "watch", conf)):
            here.add(device)
            wait_until(lambda said=device.said: any("2 alerting processes" in line for line in said), 20,
                       "the pager, and the watch, to say that they see a half")
        here.peers[-2].expect("that one of two is connected", instances=2, connected=1)


def test_every_device_of_a_key_shows_what_one_of_them_answered(stack_of):
    with Neighbourhood(stack_of) as here:
        first, second = (here.add(Device(here.stack, "pager", "T1")) for _ in range(2))
        for device in (first, second):
            device.expect("a welcome", news="welcome")
        alert_id = press(here, 1, "E1")
        for device in (first, second):
            page_id = device.expect("a page", news="page", alert_id=alert_id)["page_id"]
        for answer, state in (("accept", "accepted"), ("arrive", "on scene"), ("close", "closed")):
            first.say(f"{answer} {alert_id}" + (" real" if answer == "close" else ""))
            first.expect("stored", news="stored", answer=answer)
            other = second.expect("the same on the other device", 10, news="answered", answer=answer)
            expect(other["state"] == state, f"{state} on the other device, not {other['state']}")
        expect(second.news[-1]["by"] == "T1" and second.news[-1]["reason"] == "real", "who closed, and why")
        second.say(f"accept {alert_id}")
        wait_until(lambda: any("already: closed" in line for line in second.said), 10, "that it is closed")

        # A device that was offline still shows the alert as open. Its beat says so, and alerting answers with
        # stand_down.
        away = here.join("T1")
        away.send("beat", {"open": [page_id], "held": []})
        down = away.expect("stand_down")
        expect(down["reason"] == "closed" and down["by"] == "T1", f"closed, by T1: {down}")
        away.send("beat", {"open": [page_id.replace("T1", "T2"), 7, "x"], "held": {}})
        away.expect_none("stand_down", 1)


def test_a_late_accept_on_another_device_says_that_it_is_closed(stack_of):
    with Neighbourhood(stack_of) as here:
        first, second = here.join("T1"), here.join("T1")
        put_alert(here.stack, alert())
        page = first.expect("page")
        first.answer("accept", page)
        first.expect("stored")
        told = second.expect("stored")
        expect(told["type"] == "accept" and told["by"] == "T1" and told["holder"] == "T1", f"who has it: {told}")
        first.answer("close", page, reason="real")
        expect(second.expect("stored")["response"] == "closed", "closed, on the other device too")
        second.answer("accept", page)
        late = second.expect("stored", where=lambda body: body["type"] == "accept")
        expect(late["response"] == "closed" and late["reason"] == "real", f"it is closed: {late}")


def test_a_pager_that_floods_is_counted_and_costs_one_line(stack_of):
    with Neighbourhood(stack_of) as here:
        bad, good = here.join("F1", "T1")
        begin = time.monotonic()
        for _ in range(5000):
            bad.send("accept", {"page_id": "x"})
        put_alert(here.stack, alert())
        good.expect("page")
        wait_until(lambda: here.metric("frames_refused_total") >= 5000, 30, "every one of them counted")
        with open(here.stack.processes["alerting"].log, encoding="utf-8") as log:
            lines = [line for line in log if "V0423" in line or "V0425" in line]
        expect(len(lines) <= 2 + (time.monotonic() - begin) / 60, f"one line, not {len(lines)}")


if __name__ == "__main__":
    sys.exit(_flow.main(globals()))
