# SPDX-License-Identifier: MIT
"""Shared by the flows of alerting: a neighbourhood with keys, alerts written into Kafka, and recipients that speak the
bare protocol through build/tests/flow/peer."""

import hashlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import time

from _flow import expect
from stack.proc import PATIENCE_S, check_deaths

PEOPLE = ("F1:family", "F2:family", "T1:team", "T2:team", "desk-main:desk", "watch:monitor", "eve:stranger")
PARTITIONS = 4


def peer_argv(stack, *args):
    return [os.path.join(stack.build, "tests", "flow", "peer"), *args]


def make_keys(stack, people=PEOPLE):
    keys = os.path.join(stack.folder, "keys")
    subprocess.run(peer_argv(stack, "keys", keys, *people), check=True)
    return keys


def produce(stack, topic, key, value, partition):
    """Write one record with kcat; @value None writes a tombstone."""
    line = key + "\t" + ("" if value is None else json.dumps(value, ensure_ascii=False)) + "\n"
    subprocess.run(["kcat", "-P", "-b", f"127.0.0.1:{stack.port['kafka']}", "-t", "vigil." + topic, "-K", "\t",
                    "-Z", "-p", str(partition)], input=line.encode(), check=True)


def consume(stack, topic):
    """All values of a topic so far, parsed from JSON, in the order of each partition."""
    out = subprocess.run(["kcat", "-C", "-q", "-e", "-o", "beginning", "-b", f"127.0.0.1:{stack.port['kafka']}",
                          "-t", "vigil." + topic, "-f", "%s\n"], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.decode().splitlines() if line]


def put_registry(stack):
    """Write a registry: elders E1 to E8 in grid-1, E1 with two children; two teams on duty around the clock, T1
    nearer."""
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    duty = {"from": "00:00", "to": "00:00", "days": week}
    rows = [("district/grid-1", {"v": 1, "id": "grid-1", "name": "Grid 1", "parent": "", "time_zone": ""})]
    for number in range(1, 9):
        rows.append((f"elder/E{number}", {
            "v": 1, "id": f"E{number}", "name": "王桂兰", "birth_year": 1944, "care_level": "partial", "conditions": [],
            "tags": [], "lives_alone": True, "address": "3-201", "phone": "1", "lat": 30.0, "lon": 120.1,
            "district": "grid-1", "site": "s"}))
        for order, child in enumerate(("F1", "F2"), 1):
            if number == 1:
                rows.append((f"contact/{child}", {"v": 1, "id": child, "elder": "E1", "name": "child",
                                                  "relation": "daughter", "phone": "1", "order": order}))
    for team, lat in (("T1", 30.01), ("T2", 30.05)):
        rows.append((f"team/{team}", {"v": 1, "id": team, "name": team, "district": "grid-1", "lat": lat, "lon": 120.1,
                                      "skills": [], "on_duty": duty}))
    lines = "".join(key + "\t" + json.dumps(value, ensure_ascii=False) + "\n" for key, value in rows)
    subprocess.run(["kcat", "-P", "-b", f"127.0.0.1:{stack.port['kafka']}", "-t", "vigil.registry", "-K", "\t", "-p", "0"],
                   input=lines.encode(), check=True)


def alert(number=1, elder="E1", **changes):
    """The @number-th raised SOS of @elder, as a record of vigil.alerts."""
    now = int(time.time() * 1000)
    record = {
        "v": 1, "alert_id": hashlib.md5(f"{elder}/{number}".encode()).hexdigest(), "rule": "sos",
        "rule_set": "0123456789abcdef", "elder": elder, "device": "sos-1", "event_id": f"sos-1:1:{number}",
        "transition": "raised", "class": "life_safety", "severity": 1, "severity_name": "critical", "latching": True,
        "drill": False, "shadow": False, "event_time_ms": now, "received_time_ms": now, "raised_time_ms": now,
        "late_ms": 0, "ladder": "sos-now", "title": {"zh": "呼救", "en": "SOS"}, "advice": {"zh": "先呼叫", "en": "Call"},
        "evidence": {"signal": "sos", "value": 1, "limit": None, "duration_ms": 0, "samples": 1, "confidence_pct": 100,
                     "overridden": False},
        "trace": {"received_us": now * 1000, "judged_us": now * 1000}}
    record.update(changes)
    return record


def partition_of(elder):
    return int(elder[1:]) % PARTITIONS


def put_alert(stack, record):
    produce(stack, "alerts", record["elder"], record, partition_of(record["elder"]))


class Peer:
    """One endpoint of a recipient. Received frames go into a queue. By itself it sends only hello and, with @receipts,
    the receipt of each page."""

    def __init__(self, stack, who, mode="pages", port="pages", extra=(), receipts=True):
        self.who = who
        self.receipts = receipts
        self.frames = queue.Queue()
        self.seen = []
        # pylint: disable=consider-using-with
        self.popen = subprocess.Popen(
            peer_argv(stack, mode, f"tcp://127.0.0.1:{stack.port[port]}", os.path.join(stack.folder, "keys"), who,
                      *extra), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self._read, daemon=True).start()
        if mode == "pages":
            self.send("hello", {"language": "zh"})

    def _read(self):
        for line in self.popen.stdout:
            kind, _, body = line.rstrip("\n").partition(" ")
            if kind == "beat":
                continue
            body = json.loads(body)
            if kind == "page" and self.receipts:
                self.send("received", {"page_id": body["page_id"]})
            self.frames.put((kind, body))

    def send(self, kind, body):
        try:
            self.popen.stdin.write(kind + " " + json.dumps(body, ensure_ascii=False) + "\n")
            self.popen.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass

    def answer(self, kind, page, **more):
        """Send a well-formed answer."""
        self.send(kind, {"page_id": page["page_id"], "ack_id": f"{page['page_id']}/{page['nonce']}/{kind}", **more})

    def expect(self, kind, within_s=PATIENCE_S, where=lambda body: True):
        """Wait for the next frame of that kind for which @where is true. Return: its body. All frames on the way are
        kept in self.seen."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                got, body = self.frames.get(timeout=max(0.001, min(0.5, deadline - time.monotonic())))
            except queue.Empty:
                check_deaths()
                if time.monotonic() < deadline:
                    continue
                raise AssertionError(f"{self.who}: no {kind} within {within_s} s; got {[k for k, _ in self.seen]}") from None
            self.seen.append((got, body))
            if got == kind and where(body):
                return body

    def expect_none(self, kind, within_s):
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            try:
                got, body = self.frames.get(timeout=max(0.001, deadline - time.monotonic()))
            except queue.Empty:
                return
            self.seen.append((got, body))
            expect(got != kind, f"{self.who}: a {kind} came: {body}")

    def close(self):
        self.popen.kill()
        self.popen.wait()


class Neighbourhood:
    """A stack that runs alerting only, with registry and keys. Closes its peers at the end."""

    def __init__(self, stack_of, ladders=None, people=PEOPLE, clock=None):
        self.stack = stack_of(programs=())
        self.peers = []
        self.stack.__enter__()
        try:
            if clock:
                self.set_clock(clock)
            make_keys(self.stack, people)
            if ladders:
                with open(os.path.join(self.stack.folder, "escalation.yaml"), "w", encoding="utf-8") as file:
                    file.write(ladders)
            self.stack.start("alerting")
            put_registry(self.stack)
        except BaseException:
            self.stack.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *why):
        for peer in self.peers:
            peer.close()
        return self.stack.__exit__(*why)

    def join(self, *who, **options):
        """Connect a peer for each of @who and wait for its welcome. Return: the peer, or a list of several."""
        joined = [Peer(self.stack, name, **options) for name in who]
        self.peers += joined
        for peer in joined:
            peer.expect("welcome")
        return joined if len(joined) > 1 else joined[0]

    def add(self, peer):
        self.peers.append(peer)
        return peer

    def set_clock(self, offset_s):
        """Set the wall clock of alerting through libfaketime, from now on. @offset_s: for example "-3600"."""
        path = os.path.join(self.stack.folder, "clock")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(offset_s)
        os.rename(path + ".new", path)
        self.stack.env["FAKETIME_TIMESTAMP_FILE"] = path

    def count(self, name, number):
        """How many lines in the log of process @name contain @number, a log id."""
        return self.stack.processes[name].count(number)

    def metric(self, name, labels=""):
        return self.stack.metric("alerting", "vigil_alerting_" + name, labels)
