#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line against real servers: the registry, tap and replay, send, keys, status."""

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from _flow import expect, main, needs_real_kafka

from stack.proc import wait_until
from stack.stack import PORTS, ROOT, VIGIL_CONFIG, free_port

SAMPLE = os.path.join(ROOT, "tests", "unit", "cli", "data", "registry")
ROWS = {"districts": 3, "elders": 3, "devices": 4, "contacts": 3, "teams": 3}


class Site:
    """Separate Kafka topics for a test: a topic prefix in a stack that the tests share."""

    stack = None
    count = 0

    def __init__(self, stack):
        self.stack = stack
        self.folder = os.path.join(stack.folder, f"site-{Site.count}")
        self.prefix = "vigil." if stack.broker == "mock" else f"site-{Site.count}."
        self.conf = os.path.join(self.folder, "vigil.yaml")
        self.port = stack.port
        Site.count += 1
        os.mkdir(self.folder)
        with open(stack.conf, encoding="utf-8") as file:
            text = file.read().replace("kafka:\n", f"kafka:\n  topic_prefix: {self.prefix}\n")
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(text)
        self.vigil, self.vigil_argv = stack.vigil, stack.vigil_argv

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.stack.broker == "mock":  # it has only one set of topics
            Site.end()

    @staticmethod
    def end():
        if Site.stack is not None:
            Site.stack.close()
            Site.stack = None


def servers(stack):
    if Site.stack is None:
        Site.stack = stack(programs=())
        Site.stack.__enter__()
    return Site(Site.stack)


@contextlib.contextmanager
def nowhere(stack):
    """A configuration in which no server is running."""
    world = stack(programs=())
    with tempfile.TemporaryDirectory() as world.folder:
        world.conf = os.path.join(world.folder, "vigil.yaml")
        ports = {name: free_port() for name in PORTS}
        with open(world.conf, "w", encoding="utf-8") as file:
            file.write(VIGIL_CONFIG.format(**ports))
        yield world


def keys(stack):
    """Make keys before alerting starts, as an administrator does."""
    folder = os.path.join(stack.folder, "keys")
    stack.vigil("keys", "server", folder)
    stack.vigil("keys", "new", "--role", "family", "--id", "F0001a", folder)


def vigil(stack, *args, expected=0, stdin=None):
    done = stack.vigil(*args, "--config", stack.conf, check=False, stdin=stdin)
    expect(done.returncode == expected, f"vigil {args} ends with {expected}, not {done.returncode}: {done.stderr}")
    return done


def tap(stack, topic, *args):
    return [json.loads(line) for line in vigil(stack, "tap", topic, "-e", *args).stdout.splitlines()]


def registry_copy(stack):
    return shutil.copytree(SAMPLE, os.path.join(stack.folder, "registry-copy"))


def edit(folder, name, change):
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(text))


def event(number, **other):
    return {"elder": f"E{number % 40:04}", "device": f"d{number}", "kind": "heart_rate", "sequence": number,
            "received_time_ms": 1790000000000 + number, "device_time_ms": 1790000000000, "value": 70.5, **other}


def lines_of(events):
    return "".join(json.dumps(one) + "\n" for one in events)


def by_partition(tapped):
    """The events of each partition in order, without offset and index."""
    found = {}
    for one in sorted(tapped, key=lambda one: (one["offset"], one["index"])):
        place = (one["topic"], one["partition"])
        found.setdefault(place, []).append({key: value for key, value in one.items()
                                            if key not in ("offset", "index")})
    return found


def test_an_import_publishes_what_changed_and_prunes_only_when_told(stack):
    with servers(stack) as world:
        first = json.loads(vigil(world, "registry", "import", SAMPLE, "--json").stdout)
        expect({name: first[name]["new"] for name in ROWS} == ROWS and first["published"] == 16, f"all new: {first}")
        again = json.loads(vigil(world, "registry", "import", SAMPLE, "--json").stdout)
        expect(again["published"] == 0 and {name: again[name]["same"] for name in ROWS} == ROWS, f"same: {again}")

        folder = registry_copy(world)
        edit(folder, "elders.csv", lambda text: text.replace("E0003,陈秀英,1950", "E0003,陈秀英,1951"))
        edit(folder, "contacts.csv", lambda text: text[:text.index("F0002a")])
        dry = json.loads(vigil(world, "registry", "import", folder, "--prune", "--dry-run", "--json").stdout)
        expect(dry["published"] == 0 and dry["contacts"]["removed"] == 1, f"only counted: {dry}")
        kept = json.loads(vigil(world, "registry", "import", folder, "--json").stdout)
        expect(kept["published"] == 1 and kept["contacts"]["not_here"] == 1, f"one change: {kept}")
        expect(json.loads(vigil(world, "registry", "show", "F0002a", "--json").stdout)["contact"]["name"] == "李丽",
               "a row that is gone from the files stays without --prune")
        pruned = json.loads(vigil(world, "registry", "import", folder, "--prune", "--json").stdout)
        expect(pruned["published"] == 1 and pruned["contacts"]["removed"] == 1, f"one removed: {pruned}")
        vigil(world, "registry", "show", "F0002a", expected=1)
        expect(tap(world, "registry")[-1]["value"] is None, "the last record removes the key")

        shown = json.loads(vigil(world, "registry", "show", "elder/E0001", "--json").stdout)
        expect(shown["elder"]["name"] == "王桂兰" and len(shown["devices"]) == 2 and len(shown["contacts"]) == 2,
               f"an elder with what is hers: {shown}")


def test_files_with_a_header_only_take_nobody_away_unasked(stack):
    with servers(stack) as world:
        vigil(world, "registry", "import", SAMPLE)
        folder = registry_copy(world)
        for name in os.listdir(folder):
            if name.endswith(".csv"):
                edit(folder, name, lambda text: text.splitlines(keepends=True)[0])
        dry = vigil(world, "registry", "import", folder, "--prune", "--dry-run")
        expect("- elder/E0001" in dry.stdout and "--remove 16" in dry.stderr, f"what would go: {dry}")
        for more in ((), ("--remove", "15")):
            done = vigil(world, "registry", "import", folder, "--prune", *more, expected=1)
            expect("--remove 16" in done.stderr and "nothing was published" in done.stderr, done.stderr)
        vigil(world, "registry", "show", "elder/E0001")
        done = json.loads(vigil(world, "registry", "import", folder, "--prune", "--remove", "16", "--json").stdout)
        expect(done["published"] == 16, f"now they are: {done}")
        vigil(world, "registry", "show", "elder/E0001", expected=1)


def test_one_bad_row_publishes_nothing(stack):
    with servers(stack) as world:
        folder = registry_copy(world)
        edit(folder, "devices.csv", lambda text: text + "sos-9,E9999,sos_button,,,,,,\n")
        done = vigil(world, "registry", "import", folder, expected=1)
        expect("devices.csv:6:7: error[G023]" in done.stderr and "nothing was published" in done.stderr, done.stderr)
        vigil(world, "topics")
        expect(tap(world, "registry") == [], "the topic is empty")


def test_a_file_that_is_missing_is_checked_against_kafka(stack):
    with servers(stack) as world:
        vigil(world, "registry", "import", SAMPLE)
        folder = os.path.join(world.folder, "only-devices")
        os.mkdir(folder)
        path = os.path.join(folder, "devices.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("id,elder,class\nsos-8,E0003,sos_button\n")
        done = json.loads(vigil(world, "registry", "import", folder, "--prune", "--json").stdout)
        expect(done["devices"] == {"new": 1, "changed": 0, "same": 0, "removed": 4}, f"devices only: {done}")
        expect(done["elders"] == {"new": 0, "changed": 0, "same": 0, "removed": 0}, "elders are left alone")
        with open(path, "a", encoding="utf-8") as file:
            file.write("sos-7,E0404,sos_button\n")
        done = vigil(world, "registry", "import", folder, expected=1)
        expect("E0404" in done.stderr and "nothing was published" in done.stderr, done.stderr)


def test_what_tap_prints_replay_feeds_back_the_same(stack):
    events = [event(number) for number in range(700)]
    events += [event(number, kind="sos", value=1, flags=["drill"]) for number in range(700, 760)]
    events += [event(900, kind="acceleration", sample_rate_dhz=500, samples=[[1, -2, 3]] * 50)]
    with servers(stack) as world:
        done = json.loads(vigil(world, "replay", "-", "--json", stdin=lines_of(events)).stdout)
        expect(done["events"] == 761 and done["bad_lines"] == 0, f"every line: {done}")
        expect(60 < done["records"] < 700, f"telemetry in frames, alarms one by one: {done}")
        first = tap(world, "events")
        expect(len(first) == 761, f"{len(first)} of 761 events came back")
        vigil(world, "replay", "-", stdin=lines_of(first))
        once, twice = by_partition(first), by_partition(tap(world, "events"))
        expect(set(once) == set(twice) and all(twice[place] == 2 * once[place] for place in once),
               "the same events, in the same order, in the same partitions")

        one = tap(world, "events", "--elder", "E0007")
        expect(one and all(line["elder"] == "E0007" for line in one), "one elder only")
        expect(len(tap(world, "events.alarm", "-c", "5")) == 5, "-c stops")
        expect(len(tap(world, "events.alarm", "-o", "-1")) <= 4, "-o -1: the last of each partition")
        expect(tap(world, "events", "-o", "end") == [], "-o end: nothing new")


def test_a_backtest_of_a_topic_judges_as_one_of_its_kept_events(stack):
    needs_real_kafka()  # the mock cannot look up offsets by time
    # Two hours of 40 elders in several partitions, with 25 falls and a cancel after every second one.
    begin = 1790000000000
    events = [event(number, kind="motion", value=1, device=f"m{number % 40}", device_time_ms=begin + 3000 * number,
                    received_time_ms=begin + 3000 * number) for number in range(2400)]
    events += [event(number, kind="fall", value=1, device=f"f{number % 40}", device_time_ms=begin + 60000 * number,
                     received_time_ms=begin + 60000 * number) for number in range(0, 100, 4)]
    events += [event(number, kind="button_cancel", value=1, device=f"c{number % 40}",
                     device_time_ms=begin + 60000 * number + 25000,
                     received_time_ms=begin + 60000 * number + 25000) for number in range(0, 100, 8)]
    events.sort(key=lambda one: one["received_time_ms"])
    with servers(stack) as world:
        vigil(world, "registry", "import", SAMPLE)
        vigil(world, "replay", "-", stdin=lines_of(events))
        rules = {}
        for name, hold in (("old", "20s"), ("new", "50s")):
            rules[name] = os.path.join(world.folder, f"{name}.yaml")
            with open(rules[name], "w", encoding="utf-8") as file:
                file.write("version: 1\nrules:\n  - id: fall\n    title: { zh: 跌倒, en: Fall }\n    when: { event: fall }\n"
                           f"    hold: {hold}\n    cancel_on: [ button_cancel ]\n    severity: critical\n"
                           "    page: now\n    advice: { zh: 去, en: Go }\n")
        kept = os.path.join(world.folder, "kept.frames")
        period = ("--from", "2026-09-21T14:13:20Z", "--to", "2026-09-21T18:00:00Z")
        live = json.loads(vigil(world, "replay", rules["old"], rules["new"], *period, "--keep", kept, "--json").stdout)
        expect(live["events"]["judged"] == 2438 and live["events"]["backwards"] == 0, f"merged: {live['events']}")
        expect(live["total"] == {"old": 25, "new": 12, "gained": 0, "lost": 13, "moved": 12, "severity": 0},
               f"a longer hold: {live['total']}")
        again = json.loads(vigil(world, "replay", rules["old"], rules["new"], *period, "--events", kept, "--json").stdout)
        expect(again["changes"] == live["changes"], "the same from the file")


def test_bad_lines_are_named_and_left_out(stack):
    with servers(stack) as world:
        text = lines_of([event(1)]) + "{\"elder\":\n\n" + lines_of([event(2, kind="hart_rate"), event(3)])
        done = vigil(world, "replay", "-", stdin=text, expected=1)
        expect("standard input:2:10: error: not JSON" in done.stderr, done.stderr)
        expect("standard input:4: error: \"kind\"" in done.stderr, done.stderr)
        expect(sorted(one["sequence"] for one in tap(world, "events")) == [1, 3], "the good ones are there")


def test_a_live_pipe_stays_live(stack):
    needs_real_kafka()
    with servers(stack) as world:
        vigil(world, "topics")
        shown = subprocess.Popen(world.vigil_argv("tap", "events", "-c", "1", "-o", "beginning", "--config", world.conf),
                                 stdout=subprocess.PIPE, text=True)
        fed = subprocess.Popen(world.vigil_argv("replay", "-", "--config", world.conf), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
        try:
            fed.stdin.write(lines_of([event(5)]))
            fed.stdin.flush()  # the pipe stays open
            line, _ = shown.communicate(timeout=20)
            expect(json.loads(line)["sequence"] == 5, "it came through while the pipe was open")
            fed.send_signal(signal.SIGINT)
            expect(fed.wait(timeout=20) == 130, "an interrupted replay ends with 130")
        finally:
            shown.kill()
            fed.kill()
            shown.wait()
            fed.wait()


def test_refusals_are_shown_and_a_refused_frame_can_be_replayed(stack):
    with stack(programs=("ingest", "rules")) as world:
        vigil(world, "send", "sos-404", "sos", "--district", "grid-1", "--timeout", "3", expected=1)
        wait_until(lambda: tap(world, "quarantine"), 20, "a refusal in quarantine")
        refused = tap(world, "quarantine")[0]
        expect(refused["headers"]["reason"] == "unknown_device", f"why: {refused}")
        expect(json.loads(refused["text"])["seq"] >= 0, f"what: {refused}")

        # The elder is not in the registry yet: rules keep the whole frame.
        vigil(world, "replay", "-", stdin=lines_of([event(1, elder="E0001", device="band-1", sequence=77)]))
        wait_until(lambda: len(tap(world, "quarantine")) == 2, 20, "the frame in quarantine")
        frame = tap(world, "quarantine")[1]
        expect(frame["headers"]["reason"] == "unknown_elder" and frame["events"][0]["sequence"] == 77, f"{frame}")
        vigil(world, "registry", "import", SAMPLE)
        wait_until(lambda: world.metric("rules", "vigil_rules_elders") == 3, 20, "the elders in the engine")
        done = vigil(world, "replay", "-", stdin=json.dumps(frame) + "\n")
        expect("1 event" in done.stdout, done.stdout)
        wait_until(lambda: world.metric("rules", "vigil_rules_events_total") >= 1, 20, "it is judged now")


def test_send_waits_for_the_receipt_and_status_shows_it(stack):
    with stack(programs=("ingest", "rules", "alerting"), prepare=keys) as world:
        vigil(world, "registry", "import", SAMPLE)
        wait_until(lambda: world.metric("ingest", "vigil_ingest_registry_devices") == 4, 20, "the devices in ingest")
        sent = json.loads(vigil(world, "send", "sos-1", "sos", "--test", "--json").stdout)
        expect(sent["receipt_ms"] > 0, f"receipted: {sent}")
        arrived = tap(world, "events.alarm")
        expect([one["event_id"] for one in arrived] == [sent["event_id"]], f"it is in Kafka: {arrived}")
        expect(arrived[0]["flags"] == ["drill"] and arrived[0]["elder"] == "E0001", "a drill of hers")
        vigil(world, "send", "band-1", "heart_rate", "72")
        wait_until(lambda: len(tap(world, "events.telemetry")) == 1, 20, "the reading in Kafka")
        vigil(world, "send", "nobody", "sos", expected=1)
        vigil(world, "send", "band-1", "heart_rate", "720", expected=2)

        status = json.loads(vigil(world, "status", "--json").stdout)
        expect(all(status[name]["ready"] for name in ("ingest", "rules", "alerting")), f"all ready: {status}")
        expect(status["ingest"]["events_alarm"] == 1 and status["rules"]["elders"] == 3, f"figures: {status}")
        expect(not status["rules"]["files_refused"], f"and by the files on disk: {status}")

        with open(os.path.join(world.folder, "rules", "10-emergency.yaml"), "r+", encoding="utf-8") as file:
            text = file.read().replace("event: sos", "evnt: sos")
            file.seek(0)
            file.write(text)
        wait_until(lambda: world.metric("rules", "vigil_rules_last_reload_successful") == 0, 10, "the refusal")
        refused = vigil(world, "status", expected=1).stdout
        expect(re.search(r"rules     FILES REFUSED .*10-emergency\.yaml:\d+:\d+: error\[R\d+\]: when needs one of", refused),
               f"the first mistake with its place: {refused}")
        expect(json.loads(vigil(world, "status", "--json", expected=1).stdout)["rules"]["files_refused"], "in JSON too")
        world.kill("rules")
        down = vigil(world, "status", expected=4)
        expect("rules     NOT REACHED" in down.stdout, down.stdout)


def test_nobody_there_is_exit_4_within_the_time_given(stack):
    with nowhere(stack) as world:
        begin = time.monotonic()
        vigil(world, "topics", "--timeout", "2", expected=4)
        vigil(world, "tap", "alerts", "--timeout", "2", expected=4)
        vigil(world, "registry", "show", "E1", "--timeout", "2", expected=4)
        vigil(world, "replay", "-", "--timeout", "2", stdin=lines_of([event(1)]), expected=4)
        expect(time.monotonic() - begin < 25, "no verb hangs")
        vigil(world, "send", "sos-1", "sos", "--district", "grid-1", "--timeout", "2", expected=4)


def test_keys_let_in_what_they_should(stack):
    with nowhere(stack) as world:
        folder = os.path.join(world.folder, "new-keys")
        vigil(world, "keys", "server", folder)
        vigil(world, "keys", "new", "--role", "team", "--id", "T-1", folder)
        vigil(world, "keys", "new", "--role", "family", "--id", "F0001a", folder)
        for name in ("server.key", "T-1.key", "allowed.yaml"):
            mode = os.stat(os.path.join(folder, name)).st_mode & 0o777
            expect(mode == 0o600, f"{name} has mode {mode:o}")
        before = open(os.path.join(folder, "T-1.key"), encoding="ascii").read()
        vigil(world, "keys", "new", "--role", "desk", "--id", "T-1", folder, expected=5)
        vigil(world, "keys", "server", folder, expected=5)
        expect(open(os.path.join(folder, "T-1.key"), encoding="ascii").read() == before, "never written over")
        rows = [json.loads(line) for line in vigil(world, "keys", "list", folder, "--json").stdout.splitlines()]
        expect([(row["id"], row["role"]) for row in rows] == [("T-1", "team"), ("F0001a", "family")], f"{rows}")
        expect(before.splitlines()[0] == "public-key " + rows[0]["public_key"], "the list has the public half")
        vigil(world, "keys", "revoke", "T-1", folder)
        vigil(world, "keys", "revoke", "T-1", folder, expected=1)
        vigil(world, "keys", "new", "--role", "king", "--id", "K", folder, expected=2)


def test_a_frame_nobody_can_read_is_shown_not_hidden(stack):
    needs_real_kafka()
    with servers(stack) as world:
        vigil(world, "topics")
        subprocess.run(["kcat", "-P", "-b", f"127.0.0.1:{world.port['kafka']}", "-t", world.prefix + "events.alarm", "-p", "0"],
                       input=b"VGEF\x09 not ours \xff", check=True, timeout=30)
        line = tap(world, "events.alarm")[0]
        expect("broken" in line and b"not ours" in base64.b64decode(line["base64"]), f"{line}")


if __name__ == "__main__":
    try:
        status = main(globals())
    finally:
        Site.end()
    sys.exit(status)
