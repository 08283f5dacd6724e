#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/wire/event_frame.ksy describes the frames that Vigil writes: a reader that Kaitai's compiler generates from it
finds the same value in every field as `vigil tap`."""

import fcntl
import filecmp
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from _flow import Skip, expect, main

from stack.stack import ROOT

KSY = os.path.join(ROOT, "docs", "wire", "event_frame.ksy")
POM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_kaitai.pom.xml")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "vigil")
FLAGS = ("time_missing", "time_implausible", "sequence_derived", "drill", "buffered", "unauthenticated")
FRAMES = 400
PARTITIONS = 4  # kafka.partitions of the stack


def fetch():
    """Download the compiler's jars with Maven, if they are missing. Return: their folder."""
    jars = os.path.join(CACHE, "kaitai")
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "kaitai.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = os.path.join(jars, "pom.xml")
        if os.path.exists(mark) and filecmp.cmp(mark, POM, shallow=False):
            return jars
        if shutil.which("mvn") is None:
            raise Skip("needs Maven for the Kaitai compiler")
        got = subprocess.run(["mvn", "-q", "-B", "-f", POM, "dependency:copy-dependencies",
                              "-DoutputDirectory=" + jars], capture_output=True, timeout=300, check=False)
        if got.returncode != 0:
            raise Skip("the Kaitai compiler cannot be had from Maven here")
        shutil.copy(POM, mark)
    return jars


def runtime():
    """Make Debian's python3-kaitaistruct importable, also in another Python."""
    try:
        importlib.import_module("kaitaistruct")
    except ImportError:
        sys.path.append("/usr/lib/python3/dist-packages")
        try:
            importlib.import_module("kaitaistruct")
        except ImportError as why:
            raise Skip("needs the package python3-kaitaistruct") from why


def reader():
    """Compile the description. Return: the class EventFrame."""
    runtime()
    jars = fetch()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["java", "-cp", os.path.join(jars, "*"), "io.kaitai.struct.JavaMain", "--target",
                               "python", "--outdir", folder, KSY], capture_output=True, text=True,
                              timeout=120, check=False)
        expect(done.returncode == 0, f"the description compiles: {done.stderr}")
        sys.path.insert(0, folder)
        try:
            sys.modules.pop("event_frame", None)
            return importlib.import_module("event_frame").EventFrame
        finally:
            sys.path.remove(folder)


def name_of(enum):
    """The name of an enum value. Kaitai returns a plain number for a value that is not in the description."""
    return enum.name if hasattr(enum, "name") else enum


def as_json(frame):
    """The events of a frame as `vigil tap` prints them."""
    lines = []
    for event in frame.events:
        line = {"lane": name_of(frame.lane), "elder": event.elder_id, "device": event.device_id,
                "event_id": f"{event.device_id}:{event.boot_id}:{event.sequence}",
                "kind": name_of(event.kind), "value": event.value, "time_ms": event.event_time_ms,
                "device_time_ms": event.device_time_ms, "received_time_ms": event.received_time_ms,
                "received_sub_us": event.received_sub_us, "boot": event.boot_id,
                "sequence": event.sequence, "flags": [flag for flag in FLAGS if getattr(event, flag)],
                "validity": name_of(event.validity), "confidence_pct": event.confidence_pct}
        if event.value2 != 0 or name_of(event.kind) == "location":
            line["value2"] = event.value2
        if event.sample_count or event.sample_rate_dhz:
            line["samples"] = [[sample.x, sample.y, sample.z] for sample in event.samples]
            line["sample_rate_dhz"] = event.sample_rate_dhz
        lines.append(line)
    return lines


def sample(build, seed):
    """Frames written by Vigil's C code: [(frame bytes, events as JSON)]."""
    argv = [os.path.join(build, "tests", "stack", "frame-sample"), str(FRAMES), str(seed)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    frames = []
    for line in done.stdout.splitlines():
        if line.startswith("frame "):
            frames.append((bytes.fromhex(line[6:]), []))
        else:
            frames[-1][1].append(json.loads(line))
    return frames


def records(stack, lane):
    """The raw records of a topic, read with kcat: {(partition, offset): value}."""
    if shutil.which("kcat") is None:
        raise Skip("needs kcat")
    done = subprocess.run(["kcat", "-C", "-q", "-e", "-b", f"127.0.0.1:{stack.port['kafka']}", "-t",
                           "vigil.events." + lane, "-o", "beginning", "-f", "%p %o %S\\n%s"],
                          capture_output=True, timeout=60, check=True)
    found, at, text = {}, 0, done.stdout
    while at < len(text):
        end = text.index(b"\n", at)
        partition, offset, size = (int(word) for word in text[at:end].split())
        found[(partition, offset)] = text[end + 1:end + 1 + size]
        at = end + 1 + size
    return found


def test_frames_of_our_own_code_are_read_field_by_field(make_stack):
    event_frame = reader()
    kinds = set()
    for seed in range(3):
        for frame, events in sample(make_stack().build, seed):
            expect(as_json(event_frame.from_bytes(frame)) == events, "the same fields on both sides")
            kinds |= {event["kind"] for event in events}
    expect(len(kinds) >= 40 and "acceleration" in kinds, "every kind was among them")
    expect("listening" in kinds, "and what ingest says of itself")


def test_a_cut_or_altered_frame_is_refused(make_stack):
    event_frame = reader()
    frame = sample(make_stack().build, 1)[1][0]
    for broken in (frame[:-1], frame[:10], b"VGEG" + frame[4:], frame[:4] + b"\x02" + frame[5:], frame + b"\0"):
        try:
            event_frame.from_bytes(broken)
        except Exception:  # the runtime has a separate class for each kind of error
            continue
        raise AssertionError(f"{len(broken)} bytes were taken for a frame")


def test_records_in_kafka_are_what_tap_shows(make_stack):
    event_frame = reader()
    with make_stack(programs=()) as stack:
        lines = "".join(json.dumps(event) + "\n" for _, events in sample(stack.build, 7) for event in events
                        if event["kind"] != "listening")  # ingest's own record; it must not be replayed
        stack.vigil("replay", "-", "--config", stack.conf, stdin=lines)
        tapped = [json.loads(line) for line in
                  stack.vigil("tap", "events", "-e", "--config", stack.conf).stdout.splitlines()]
        expect(len(tapped) == lines.count("\n"), "every event came back")
        for lane in ("alarm", "telemetry"):
            frames = {place: event_frame.from_bytes(value) for place, value in records(stack, lane).items()}
            for (partition, _), frame in frames.items():
                expect(all((event.elder_hash & 0x7fffffff) % PARTITIONS == partition for event in frame.events),
                       "every event lies where the hash of its elder says")
            read = {place: as_json(frame) for place, frame in frames.items()}
            shown = {}
            for event in tapped:
                if event["lane"] == lane:
                    place = (event.pop("partition"), event.pop("offset"))
                    expect(event.pop("index") == len(shown.setdefault(place, [])), "in the frame's order")
                    event.pop("topic")
                    shown[place].append(event)
            expect(read and read == shown, f"the same fields in every record of the {lane} lane")


if __name__ == "__main__":
    sys.exit(main(globals()))
