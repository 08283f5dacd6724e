#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Outages of random kind and length, one after the other, under load, while buttons are pressed all the time.

Each server is killed, frozen (SIGSTOP) or cut off (every packet lost); each program is killed or frozen. The gateway of
a button repeats a press until it has the receipt, as docs/wire/mqtt.md requires. The criterion is what people see: each
press must appear once on the pager of the elder's family. worst_tell_s: longest time from the end of an outage (the
server answers, the program is ready) to the page of a press that waited for it. unready_unsaid: outages in which a
program could not read its input and /-/ready did not say so within 10 s. exits: programs that ended without being
killed.
"""

import csv
import json
import os
import random
import sys
import threading
import time

from _bench import arguments, finish, say, stack
from stack import kafka, mqtt, network
from stack.numbers import Numbers
from stack.pager import Pager
from stack.proc import wait_until

ELDERS = 48  # so many that an alert is closed before the same elder presses again: a repeat pages nobody
BANDS = 3  # for each elder
RATE = 500  # readings per second in all
PRESS_EVERY_S = 1.5
LENGTH_S = (1.0, 30.0)
OUTAGES = {"short": 8, "full": 100}
SAY_S = 10
MUTE_S = 2.0
SETTLE_S = 60  # how long to wait after an outage until all presses are paged
FAULTS = [(peer, fault) for peer in ("kafka", "redis", "mosquitto") for fault in ("killed", "frozen", "cut off")] + [
    (program, fault) for program in ("ingest", "rules", "alerting") for fault in ("killed", "frozen")]
DEAF = {"kafka": ("ingest", "rules", "alerting"), "mosquitto": ("ingest",)}  # who cannot read without it


class Street:
    """The registry: elders, each with a button, some wristbands and a child; two teams; a desk."""

    def prepare(self, running):
        self.folder = os.path.join(running.folder, "street")
        os.mkdir(self.folder)
        elders, devices, contacts = [], [], []
        for number in range(1, ELDERS + 1):
            elders.append([f"E{number}", f"老人{number}", 1940, "partial", "", "", "yes", f"1 栋 {number}", "13900000000", 30.27,
                           120.15, "grid-1", ""])
            devices.append([f"sos-{number}", f"E{number}", "sos_button", "bathroom", "", "", "", "", "2026-11-01"])
            devices += [[f"band-{number}-{band}", f"E{number}", "wristband", "", "wrist", "", "", "", "2026-11-01"]
                        for band in range(BANDS)]
            contacts.append([f"F{number}", f"E{number}", "女儿", "daughter", "13700000000", 1])
        self._write("elders", "id,name,birth_year,care_level,conditions,tags,lives_alone,address,phone,lat,lon,district,site", elders)
        self._write("devices", "id,elder,class,room,wearing_position,profile,foreign_id,heartbeat,commissioned", devices)
        self._write("contacts", "id,elder,name,relation,phone,order", contacts)
        self._write("districts", "id,name,parent,time_zone", [["city", "市", "", "Asia/Shanghai"], ["grid-1", "网格", "city", ""]])
        self._write("teams", "id,name,district,lat,lon,skills,on_duty_from,on_duty_to,on_duty_days",
                    [[f"T{number}", "护理队", "grid-1", 30.28, 120.16, "nursing;first_aid", "", "", ""] for number in (1, 2)])
        self.people = {**{f"F{number}": "family" for number in range(1, ELDERS + 1)}, "T1": "team", "T2": "team",
                       "desk-main": "desk"}
        keys = os.path.join(running.folder, "keys")
        running.vigil("keys", "server", keys)
        for who, role in self.people.items():
            running.vigil("keys", "new", "--role", role, "--id", who, keys)
        running.give_desk_key()
        self.bands = [("grid-1", row[0], "heart_rate", 72) for row in devices if row[2] == "wristband"]

    def _write(self, name, head, rows):
        with open(os.path.join(self.folder, name + ".csv"), "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *rows])


class Gateway:
    """Presses buttons and repeats each press until its receipt. pressed: {event id: time on the monotonic clock}."""

    def __init__(self, port):
        self.port = port
        self.pressed = {}
        self.owed = {}  # event id -> (topic, payload)
        self.lock = threading.Lock()
        self.stopping = False
        self.pressing = True
        self.client = None
        self.acked, self.unacked, self.heard = 0, False, time.monotonic()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _press(self):
        number = len(self.pressed)
        device, seq = f"sos-{number % ELDERS + 1}", number // ELDERS + 1
        payload = json.dumps({"seq": seq, "boot": 1, "t": int(time.time() * 1000)})
        with self.lock:
            self.pressed[f"{device}:1:{seq}"] = time.monotonic()
            self.owed[f"{device}:1:{seq}"] = (f"vigil/v1/grid-1/{device}/sos", payload)

    def _on_message(self, topic, payload, _retained):
        if topic.startswith("vigil/receipts/"):
            with self.lock:
                self.owed.pop(json.loads(payload)["event_id"], None)

    def _connect(self):
        if self.client is not None and self.client.reader.is_alive():
            if not self._is_mute():
                return True
            self.client.sock.close()
        try:
            self.client = mqtt.Client(self.port, "gateway", self._on_message, timeout_s=1)
            self.client.subscribe("vigil/receipts/+", timeout_s=1)
            self.acked, self.heard = 0, time.monotonic()
            return True
        except (OSError, TimeoutError):
            self.client = None
            return False

    def _is_mute(self):
        """Has the broker acknowledged nothing for MUTE_S? Then connect again. After 20 s of packet loss, TCP itself
        retransmits only after up to 13 s, and that delay would be counted as Vigil's."""
        acked = len(self.client.acked)
        if acked != self.acked or not self.unacked:
            self.acked, self.heard = acked, time.monotonic()
        return time.monotonic() - self.heard > MUTE_S

    def _run(self):
        press_at = repeat_at = 0.0
        while not self.stopping:
            now = time.monotonic()
            fresh = False
            if self.pressing and now >= press_at:
                self._press()
                press_at, fresh = now + PRESS_EVERY_S, True
            if fresh or now >= repeat_at:
                repeat_at = now + 1.0
                with self.lock:
                    owed = list(self.owed.values())
                try:
                    if owed and self._connect():
                        for topic, payload in owed:
                            self.client.publish(topic, payload)
                    self.unacked = bool(owed)
                except OSError:
                    self.client = None
            time.sleep(0.02)

    def stop(self):
        self.stopping = True
        self.thread.join()


class Load:
    """Publishes readings, and connects again whenever the broker is back."""

    def __init__(self, port, devices):
        self.port, self.devices = port, devices
        self.stopping, self.boot = False, 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        numbers = None
        while not self.stopping:
            if numbers is None or not numbers.thread.is_alive() or not numbers.client.reader.is_alive():
                if numbers:
                    numbers.stopping = True
                    numbers.client.sock.close()
                self.boot += 1
                try:
                    numbers = Numbers(self.port, self.devices, RATE, self.boot).start()
                except OSError:
                    numbers = None
            time.sleep(0.2)
        if numbers:
            numbers.stopping = True
            numbers.thread.join()


class Watch:
    """For one outage: which programs have reported in /-/ready that they cannot read their input."""

    def __init__(self, running, programs):
        self.running, self.programs = running, programs
        self.said = set()

    def look(self):
        for program in set(self.programs) - self.said:
            if self.running.http(program, "/-/ready", timeout_s=1)[0] != 200:
                self.said.add(program)

    def unsaid(self):
        return sorted(set(self.programs) - self.said)


def answer(page):
    return ("accept", {"eta_s": 60}) if page["role"] == "team" else None


def close_accepted(pagers):
    """Close the accepted alerts, because a team that holds one is not paged for the next."""
    for team in ("T1", "T2"):
        pager = pagers[team]
        stored = {body["page_id"] for body in pager.of("stored") if body["type"] == "accept"}
        for page in pager.pages():
            if page["page_id"] in stored - pager.closed:
                pager.closed.add(page["page_id"])
                pager.give(page, "close", reason="real")


def paged_at(pagers):
    """{alert id: [(recipient, step, time)]} of the pages that families have received, without resends."""
    seen = {}
    for who, pager in pagers.items():
        if not who.startswith("F"):
            continue
        with pager.seen:
            frames = list(pager.frames)
        cards = set()
        for when, kind, body in frames:
            card = (body.get("alert_id"), body.get("step"))
            if kind == "page" and card not in cards:
                cards.add(card)
                seen.setdefault(body["alert_id"], []).append((who, body["step"], when))
    return seen


def strike(running, peer, fault):
    """Start an outage of @peer. Return: a function that ends it, to be called once."""
    port = running.port[{"mosquitto": "mqtt"}.get(peer, peer)]
    if fault == "killed":
        running.kill(peer)
        return lambda: running.start(peer)
    if fault == "frozen":
        running.pause(peer)
        return lambda: running.resume(peer)
    network.cut(port)
    return lambda: network.mend(port)


def revive(running, peer):
    """Start programs again that have ended by themselves. Return: their names."""
    ended = []
    for program in running.programs:
        process = running.processes[program]
        if not process.alive() and not process.asked:
            say(f"  {program} ended with {process.popen.returncode}:\n{process.tail(5)}")
            process.judged = False
            running.start(program, wait=False)
            process.judged = process.watched = True
            ended.append(program)
    return ended


def one_outage(running, gateway, pagers, peer, fault, length_s):
    begin = time.monotonic()
    back = strike(running, peer, fault)
    watch = Watch(running, DEAF.get(peer, ()))
    while time.monotonic() < begin + length_s:
        if time.monotonic() < begin + SAY_S:
            watch.look()
        close_accepted(pagers)
        time.sleep(0.1)
    back()
    returned = time.monotonic()
    exits = revive(running, peer)
    waiting = [event for event, when in list(gateway.pressed.items()) if when < returned]
    return {"peer": peer, "fault": fault, "length_s": round(length_s, 1), "returned": returned, "waiting": waiting,
            "exits": len(exits), "unsaid": watch.unsaid() if length_s > SAY_S + 1 else []}


def settle(running, gateway, pagers):
    """Wait until every press so far has its receipt and its page, at most SETTLE_S. Return: whether they have."""
    wanted = len(gateway.pressed)
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        close_accepted(pagers)
        revive(running, None)
        if not gateway.owed and len(paged_at(pagers)) >= wanted:
            return True
        time.sleep(0.1)
    return False


def judge(running, gateway, pagers, rows, epoch_of_mono):
    """Fill the longest times to a page into @rows. Return: (presses never paged, presses paged more than once)."""
    alerts = {}
    for line in running.vigil("tap", "alerts", "-e", timeout_s=300).stdout.splitlines():
        alert = json.loads(line)
        alert = alert.get("value", alert)
        alerts.setdefault(alert["event_id"], set()).add(alert["alert_id"])
    seen = paged_at(pagers)
    when = {event: [card for alert in alerts.get(event, ()) for card in seen.get(alert, [])] for event in gateway.pressed}
    missing = [event for event in gateway.pressed if not when[event]]
    doubled = [event for event in gateway.pressed if len({(who, step) for who, step, _ in when[event]}) != len(when[event])
               or len(when[event]) > 1]
    for event in missing:
        say(f"  never paged: {event}")
    for event in doubled:
        say(f"  paged more than once: {event} {when[event]}")
    since = 0.0
    for row in rows:
        tells = [min(at for _, _, at in when[event]) - epoch_of_mono - row["returned"] for event in row["waiting"]
                 if when[event] and gateway.pressed[event] > since]
        row["tell_s"] = round(max([0.0, *tells]), 2)
        since = row["returned"]
    return len(missing), len(doubled)


def main():
    args = arguments(__doc__.split("\n")[0], seed=20261130, outages=0, only="")
    why = network.why_not()
    if why:
        say(f"without \"cut off\": {why}")
    chance = random.Random(args.seed)
    faults = [fault for fault in FAULTS if (fault[1] != "cut off" or not why) and args.only in " ".join(fault)]
    count = args.outages or OUTAGES["full" if args.full else "short"]
    street = Street()
    rows = []
    with stack(args, prepare=street.prepare) as running:
        running.vigil("registry", "import", street.folder)
        wait_until(lambda: running.metric("rules", "vigil_rules_elders") == ELDERS, 30, "rules to know the elders")
        wait_until(lambda: running.metric("ingest", "vigil_ingest_registry_devices") == ELDERS * (1 + BANDS), 30, "ingest too")
        pagers = {who: Pager(f"tcp://127.0.0.1:{running.port['pages']}", os.path.join(running.folder, "keys"), who, answer)
                  for who in street.people}
        for pager in pagers.values():
            pager.closed = set()
            pager.wait("welcome", timeout_s=30)
        epoch_of_mono = time.time() - time.monotonic()
        load = Load(running.port["mqtt"], street.bands)
        gateway = Gateway(running.port["mqtt"])
        wait_until(lambda: len(paged_at(pagers)) >= 2, 30, "the first pages")
        for process in running.processes.values():
            process.watched = False  # an unexpected end must not fail the bench; revive() counts it
        for number in range(count):
            peer, fault = chance.choice(faults)
            rows.append(one_outage(running, gateway, pagers, peer, fault, chance.uniform(*LENGTH_S)))
            row = rows[-1]
            well = settle(running, gateway, pagers)
            say(f"{number + 1:3} of {count}: {peer} {fault} for {row['length_s']} s, {len(gateway.pressed)} presses so far, "
                f"all paged {time.monotonic() - row['returned']:.1f} s after the return{'' if well else ' -- NOT ALL'}"
                + (f"; not said by {row['unsaid']}" if row["unsaid"] else "") + (f"; {row['exits']} exits" if row["exits"] else ""))
        gateway.pressing = False
        settle(running, gateway, pagers)
        missing, doubled = judge(running, gateway, pagers, rows, epoch_of_mono)
        gateway.stop()
        load.stopping = True
        load.thread.join()
        for pager in pagers.values():
            pager.close()
    worst = max(rows, key=lambda row: row["tell_s"])
    figures = {
        "outages": len(rows), "presses": len(gateway.pressed), "missing": missing, "doubled": doubled,
        "exits": sum(row["exits"] for row in rows), "unready_unsaid": sum(bool(row["unsaid"]) for row in rows),
        "worst_tell_s": worst["tell_s"], "worst": f"{worst['peer']} {worst['fault']} for {worst['length_s']} s",
        "rate": RATE, "seed": args.seed,
    }
    finish("outages", figures)
    return 1 if any(figures[key] for key in ("missing", "doubled", "exits", "unready_unsaid")) else 0


if __name__ == "__main__":
    network.enter()
    sys.exit(main())
