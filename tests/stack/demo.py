#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""./run demo: a simulated neighbourhood on real servers, live in this terminal."""

import argparse
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from stack import kafka  # noqa: E402  (after the path above)
from stack.proc import Failed  # noqa: E402
from stack.sim import Sim  # noqa: E402
from stack.stack import Stack  # noqa: E402

BOLD, DIM, RED, GREEN, YELLOW, BLUE, CYAN = "1", "2", "31", "32", "33", "34", "36"
COLOURS = {"▶": BOLD, "☎": CYAN, "✓": GREEN, "✗": RED}
FEED_COLOURS = {"critical": RED, "紧急": RED, "major": YELLOW, "重要": YELLOW, "minor": YELLOW, "一般": YELLOW,
                "info": BLUE, "提示": BLUE}


OWN_PRESS = "sos-0020"  # a button that no story presses

# The changes of the alert feed that the demo shows. The rest is noise here: the raised line names who was paged, and
# receipts say nothing new.
FEED_SHOWN = ("raised", "severity", "repeated", "accepted", "declined", "no", "escalated", "arrived", "closed",
              "cleared", "cancelled")


def cut(line, cells):
    """@line cut to @cells terminal columns; a Chinese character takes two. "…" marks a cut."""
    widths = [2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line]
    if sum(widths) <= cells:
        return line
    at, used = 0, 1
    while used + widths[at] <= cells:
        used += widths[at]
        at += 1
    return line[:at] + "…"


class Screen:
    """Prints the lines of the simulator and of the alert feed, each with the name of its column. One thread prints."""

    def __init__(self):
        self.tty = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.lines = queue.Queue()

    def paint(self, text, colour):
        return f"\033[{colour}m{text}\033[0m" if self.tty and colour else text

    def say(self, text, colour=None):
        print(self.paint(text, colour), flush=True)

    def listen(self, column, stream):
        """Start a thread that puts each line of a child's output into the queue, and None when the output ends."""
        def read():
            for line in stream:
                self.lines.put((column, line.rstrip("\n")))
            self.lines.put((column, None))
        threading.Thread(target=read, daemon=True).start()

    def show(self, column, line):
        table = FEED_COLOURS if column == "feed" else COLOURS
        colour = next((colour for mark, colour in table.items() if mark in line), DIM)
        width = shutil.get_terminal_size().columns if self.tty else 10000
        name = {"feed": "duty desk ", "sim": "          "}[column]
        self.say(self.paint(f"{name}│ ", DIM) + self.paint(cut(line, max(40, width - 12)), colour))


def is_good(result, interactive):
    """Did the run pass? In an interactive run a person may press buttons that no story expects and end the stories
    early with Ctrl-C, so unexpected and missing pages are ignored. A run with --for plays to the end and counts
    everything."""
    wrong = ("pages_doubled", "not_acknowledged", "without_receipt")
    return result["good"] or (interactive and not any(result[key] for key in wrong))


def seconds(text):
    for unit, factor in (("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)):
        if text.endswith(unit) and text[:-len(unit)].isdigit():
            return int(text[:-len(unit)]) * factor
    raise argparse.ArgumentTypeError(f"\"{text}\" is not a duration: write 30s or 2m")


def introduce(screen, stack, args, took_s):
    broker = "Apache Kafka" if stack.broker == "real" else "librdkafka's in-memory broker"
    screen.say(f"Vigil 守望: {args.elders} elders, Mosquitto, Redis, {broker}; ready after {took_s:.1f} s", BOLD)
    for name in stack.programs:
        screen.say(f"  vigil-{name:9} http://127.0.0.1:{stack.port[name]}/metrics  /-/healthy  /-/ready", DIM)
    bin_folder = os.path.dirname(stack.vigil_argv()[0])
    screen.say("  another terminal:", DIM)
    screen.say(f"    export VIGIL_CONFIG={stack.conf} PATH={bin_folder}:$PATH", DIM)
    screen.say("    vigil status    vigil watch    vigil pager --as T-g2-1    vigil tap alerts", DIM)
    screen.say(f"    vigil send {OWN_PRESS} sos      # press a help button", DIM)
    screen.say(f"  rules, reloaded when saved: {stack.folder}/rules/30-vitals.yaml", DIM)
    screen.say("  ▶ story  ☎ page on a pager  ✓ answer  duty desk │ alert feed", DIM)
    if not args.seconds:
        screen.say("  the stories take 40 s; then try it yourself; Ctrl-C ends the demo", DIM)


def is_shown(line):
    """Does the demo show this line of the feed? Alerts look like "04:27:01 ◆ 1 critical raised E0011 …" and are
    filtered; other lines are notices and always shown."""
    words = line.split()
    return len(words) < 5 or not words[2].isdigit() or words[4] in FEED_SHOWN


def play(screen, stack, sim, args):
    """Run the stories and show both columns. Return: (result of the simulator, its start on the monotonic clock)."""
    options = ["--rate", args.rate] + (["--for", args.length] if args.seconds else [])
    begin = time.monotonic()
    watch = stack.spawn("watch", stack.vigil_argv("watch"), stdout=subprocess.PIPE)
    screen.listen("feed", open_text(watch))
    run = sim.start(*options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    screen.listen("sim", open_text(run.process))
    last, cut_short = "", 0
    while True:
        try:
            column, line = screen.lines.get(timeout=0.5)
        except queue.Empty:
            stack.check_alive()
            continue
        except KeyboardInterrupt:
            screen.say("\nending: the simulator sums up (press Ctrl-C again to stop at once)")
            run.process.signal(signal.SIGINT)
            continue
        if line is None and column == "sim":
            break
        if line is None:
            continue
        if column == "sim" and line.startswith("{"):
            last = line
        elif column == "sim" and not args.seconds and re.search("✗ (unexpected|missing):", line):
            cut_short += "✗ missing:" in line  # is_good() says why; an unexpected page was shown when it came
        elif column == "sim" or is_shown(line):
            screen.show(column, line if args.seconds else line.replace("✗ unexpected", "(by hand)"))
    run.process.popen.wait()
    if cut_short:
        screen.say(f"{cut_short} page{'s'[:cut_short > 1]} or answer{'s'[:cut_short > 1]} still expected by the stories at Ctrl-C; --for 30s "
                   "waits for all", DIM)
    return run.parse(last), begin


def open_text(process):
    return open(process.popen.stdout.fileno(), encoding="utf-8", errors="replace", closefd=False)


def count_lines(stack, topic, accept=lambda line: True):
    lines = stack.vigil("tap", topic, "-e", timeout_s=120).stdout.splitlines()
    return sum(1 for line in lines if accept(json.loads(line)))


def summary(stack, result, until_sim_s):
    """The figures of the run: counts and latencies from the simulator, and counts of records from Kafka."""
    first = result["first_page_s"]
    return {
        "events_published": result["events_published"],
        "events_in_kafka": count_lines(stack, "events"),
        "alerts": count_lines(stack, "alerts", lambda line: line["value"]["transition"] == "raised"),
        "pages_expected": result["pages_expected"],
        "pages_received": result["pages_received"],
        "pages_doubled": result["pages_doubled"],
        "answered": result["answered"],
        "p50_ms": result["p50_ms"],
        "p99_ms": result["p99_ms"],
        "first_page_s": round(until_sim_s + first, 2) if first >= 0 else None,
    }


def main():
    args = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    args.add_argument("--for", dest="length", default=None, metavar="30s",
                      help="end after this time; exit status 0 only if every expected page came")
    args.add_argument("--elders", type=int, default=300)
    args.add_argument("--rate", type=int, default=200, help="events per second (200)")
    args.add_argument("--mock", action="store_true", help="use the in-memory broker instead of Apache Kafka")
    args.add_argument("--keep", action="store_true", help="keep the folder with logs and data")
    args = args.parse_args()
    try:
        args.seconds = seconds(args.length) if args.length else None
    except argparse.ArgumentTypeError as why:
        print(f"run demo: --for: {why}", file=sys.stderr)
        return 2

    # ./run passes its own start time, so that the time for checking and building counts, too.
    begin = time.monotonic() - max(0.0, time.time() - float(os.environ.get("VIGIL_RUN_BEGIN", time.time())))
    screen = Screen()
    if args.mock or not kafka.is_available():
        screen.say("in-memory broker (librdkafka's mock): it keeps 5 MB per partition and nothing "
                   "after the end" + ("" if args.mock else "; Apache Kafka's jars are not available"), YELLOW)
    sim = Sim(args.elders)
    try:
        with Stack("build", "mock" if args.mock else None, keep=args.keep, say=screen.say,
                   prepare=sim.prepare) as stack:
            sim.import_registry()
            introduce(screen, stack, args, time.monotonic() - begin)
            result, sim_begin = play(screen, stack, sim, args)
            figures = summary(stack, result, sim_begin - begin)
    except Failed as why:
        screen.say(str(why), RED)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(figures))
    lost = figures["events_in_kafka"] < figures["events_published"]
    return 0 if is_good(result, not args.seconds) and not lost else 1


if __name__ == "__main__":
    sys.exit(main())
