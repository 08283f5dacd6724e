# SPDX-License-Identifier: MIT
"""Shared by the flows of ingest: a registry of test devices, and the records of Kafka as Python objects."""

import os
import re
import struct
import subprocess
import tempfile

HEADER = struct.Struct("<4sBBHII")
EVENT = struct.Struct("<24s32sqqQIIIHHdHBBHHd8s")
LISTENING = 240  # KIND_LISTENING: by this event ingest reports whether it listens


def register(stack, devices):
    """Import a registry with @devices, rows of (id, elder, class, profile, foreign_id), and their elders."""
    elders = sorted({row[1] for row in devices})
    with tempfile.TemporaryDirectory() as folder:
        _write(folder, "districts.csv", "id,name", [("grid-1", "Grid 1")])
        _write(folder, "elders.csv", "id,name,care_level,district",
               [(elder, "Elder", "partial", "grid-1") for elder in elders])
        _write(folder, "devices.csv", "id,elder,class,profile,foreign_id", devices)
        stack.vigil("--config", stack.conf, "registry", "import", folder)


def _write(folder, name, header, rows):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(header + "\n" + "".join(",".join(row) + "\n" for row in rows))


def load_devices(count):
    """The devices for which bench/load publishes, as rows for register()."""
    return [row for i in range(count) for row in ((f"band-{i}", f"E{i}", "wristband", "", ""),
                                                  (f"sos-{i}", f"E{i}", "sos_button", "", ""))]


def records(stack, topic):
    """Every record of a topic: (partition, key, headers, value)."""
    out = subprocess.run(["kcat", "-C", "-q", "-e", "-o", "beginning", "-b", f"127.0.0.1:{stack.port['kafka']}",
                          "-t", "vigil." + topic, "-f", "%p|%k|%S|%h\n%s\n"],
                         stdout=subprocess.PIPE, check=True).stdout
    found, at = [], 0
    while at < len(out):
        end = out.index(b"\n", at)
        partition, key, size, headers = out[at:end].split(b"|", 3)
        value = out[end + 1:end + 1 + int(size)]
        at = end + 2 + int(size)
        # "reason=…,detail=…,topic=…": a comma inside a detail is not followed by one of these names
        fields = dict(re.findall(r"(reason|detail|topic|received_time_ms|payload_bytes|truncated)=(.*?)"
                                 r"(?=,(?:detail|topic|received_time_ms|payload_bytes|truncated)=|$)",
                                 headers.decode("utf-8", "replace")))
        found.append((int(partition), key.decode(), fields, value))
    return found


def events(stack, topic):
    """Every device event in an event topic, as dictionaries, without KIND_LISTENING. Also checks the layout of each
    frame."""
    found = []
    for partition, key, _, frame in records(stack, topic):
        magic, version, _, count, size, _ = HEADER.unpack_from(frame)
        assert magic == b"VGEF" and version == 1 and size == len(frame), "a broken frame"
        at = HEADER.size
        for _ in range(count):
            fields = EVENT.unpack_from(frame, at)
            samples = fields[14]
            at += EVENT.size + (samples * 6 + 7) // 8 * 8
            if fields[8] == LISTENING:
                continue
            found.append({"partition": partition, "key": key, "elder": _id(fields[0]), "device": _id(fields[1]),
                          "received_time_ms": fields[3], "sequence": fields[4], "boot": fields[5],
                          "kind": fields[8], "flags": fields[9], "value": fields[10]})
        assert at == len(frame), "a frame that does not add up"
    return found


def _id(field):
    return field.rstrip(b"\0").decode()
