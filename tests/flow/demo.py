#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""./run demo as a new user runs it: without input in a script, and with keys pressed in a terminal."""

import glob
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from _flow import broker, expect, main
from stack.proc import Failed, wait_until
from stack.stack import ROOT

KEYS = ["events_published", "events_in_kafka", "alerts", "pages_expected", "pages_received", "pages_doubled",
        "answered", "p50_ms", "p99_ms", "first_page_s"]


def demo_argv(*args):
    return [os.path.join(ROOT, "run"), "demo", *(["--mock"] if broker() == "mock" else []), *args]


def environment(folder):
    """An environment in which every file of the demo is in @folder, and every process has @folder in its command
    line."""
    return dict(os.environ, TMPDIR=folder, NO_COLOR="1")


def expect_nothing_left(folder):
    """The demo has left no file in @folder and no process. The test removes @folder itself."""
    expect(os.listdir(folder) == [], f"no folder left: {os.listdir(folder)}")
    left = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as cmdline:
                if folder.encode() in cmdline.read():
                    left.append(path)
        except OSError:
            continue
    expect(left == [], f"no process left: {left}")


def expect_figures(line, ends, to_the_end=True):
    """Check the last line of the demo. @to_the_end: all stories were played to the end."""
    figures = json.loads(line)
    expect(list(figures) == KEYS, f"the keys of the last line: {list(figures)}")
    expect(0 < figures["pages_received"] <= figures["pages_expected"], f"pages came: {figures}")
    expect(not to_the_end or figures["pages_received"] == figures["pages_expected"], f"every page came: {figures}")
    expect(figures["pages_doubled"] == 0 and figures["answered"] > 0, f"once each, and answered: {figures}")
    expect(figures["events_in_kafka"] >= figures["events_published"] > 0, f"every event in Kafka: {figures}")
    expect(0 < figures["p50_ms"] <= figures["p99_ms"], f"times: {figures}")
    expect(0 < figures["first_page_s"] < ends, f"first page: {figures}")


def test_by_itself_it_ends_with_a_line_of_figures_and_leaves_nothing(_stack_of):
    with tempfile.TemporaryDirectory(prefix="vigil-demo-test-") as folder:
        begin = time.monotonic()
        done = subprocess.run(demo_argv("--for", "8s"), env=environment(folder), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False)
        expect(done.returncode == 0, f"exit status 0, not {done.returncode}:\n{done.stdout[-3000:]}")
        expect_figures(done.stdout.splitlines()[-1], time.monotonic() - begin)
        for part in ("duty desk │", "☎ ", "✓ "):
            expect(part in done.stdout, f"the screen shows {part}")
        expect_nothing_left(folder)


class Terminal:
    """The demo in a pseudo-terminal."""

    def __init__(self, folder):
        self.keys, inner = pty.openpty()
        self.text = ""
        self.process = subprocess.Popen(demo_argv(), env=environment(folder), stdin=inner, stdout=inner, stderr=inner,
                                        start_new_session=True, preexec_fn=self._take_terminal)
        os.close(inner)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @staticmethod
    def _take_terminal():
        """In the child: make the terminal its controlling terminal, so that Ctrl-C sends SIGINT, and do not ignore
        SIGINT."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.close(os.open(os.ttyname(0), os.O_RDWR))

    def _read(self):
        while True:
            try:
                self.text += os.read(self.keys, 65536).decode(errors="replace").replace("\r\n", "\n")
            except OSError:  # the last process of the terminal has ended
                return

    def wait(self, pattern, timeout_s):
        try:
            return wait_until(lambda: re.search(pattern, self.text, re.M), timeout_s, f"{pattern} on the screen")
        except Failed as why:
            raise Failed(f"{why}, which shows:\n{self.text[-3000:]}") from None


def test_a_hand_presses_a_button_and_ctrl_c_leaves_nothing(_stack_of):
    with tempfile.TemporaryDirectory(prefix="vigil-demo-test-") as folder:
        terminal = Terminal(folder)
        try:
            # Run the commands that the demo suggests for another terminal, unchanged.
            export = terminal.wait(r"^ +(export VIGIL_CONFIG=.*)$", 200).group(1)
            press = terminal.wait(r"^ +(vigil send .*)$", 5).group(1)
            terminal.wait("│ .*✓ F0011a ", 30)
            done = subprocess.run(["bash", "-c", export + "\n" + press + "\nvigil status"], capture_output=True, text=True,
                                  timeout=30, check=False)
            expect(done.returncode == 0 and "is in Kafka" in done.stdout, f"pressed: {done}")
            with open(os.path.join(os.path.dirname(re.search("=(.*/vigil.yaml)", export).group(1)), "ingest.log"),
                      encoding="utf-8") as log:
                expect("V0219" not in log.read(), "the desk would hear of an alarm while Kafka is away")
            terminal.wait(r"by hand", 15)
            terminal.wait(r"raised +E0020", 15)
            terminal.wait(r"radar-0002 → fall", 15)  # its hold is 20 s: the expected page does not come before Ctrl-C
            os.write(terminal.keys, b"\x03")
            terminal.wait(r"still expected by the stories", 8)  # the demo does not wait for the hold
            expect(terminal.process.wait(60) == 0, f"exit status {terminal.process.returncode}:\n{terminal.text[-3000:]}")
        finally:
            terminal.process.kill()
            terminal.process.wait()
        terminal.reader.join(5)
        expect("✗" not in terminal.text, f"nothing went wrong:\n{terminal.text[-3000:]}")
        expect_figures(terminal.text.splitlines()[-1], 90, to_the_end=False)
        expect_nothing_left(folder)


def test_the_stack_alone_starts_as_a_command_and_ends_when_asked(_stack_of):
    with tempfile.TemporaryDirectory(prefix="vigil-demo-test-") as folder:
        log = os.path.join(folder, "said")
        with open(log, "w", encoding="utf-8") as said:
            process = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "stack", "stack.py"), "--kafka",
                                        broker()], env=environment(folder), stdout=said, stderr=said)
        try:
            with open(log, encoding="utf-8") as said:
                text = []
                wait_until(lambda: text.append(said.read()) or "\nsnapshot " in "".join(text) or process.poll(), 90,
                           "the ports")
            expect(process.poll() is None, f"it runs: {''.join(text)}")
            process.terminate()
            expect(process.wait(30) == 128 + signal.SIGTERM, f"exit status {process.returncode}")
        finally:
            process.kill()
            process.wait()
        os.unlink(log)
        expect_nothing_left(folder)


if __name__ == "__main__":
    sys.exit(main(globals()))
