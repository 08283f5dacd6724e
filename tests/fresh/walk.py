#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Types every command of the README unchanged, in the order in which a new user tries them, and prints a page: each
command, how long it took and what it printed. fresh-machine.sh runs it on a fresh machine. Exit status 1 if a command
did not do what the README says.

It reads the commands from README.md, so that the page always matches the README.
"""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
CLEARED = re.compile(r"\x1b\[(?:2J|H)")


def readme_block(heading):
    """The commands of the first indented block below @heading, without comments, continued lines joined."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
        text = readme.read().split(heading, 1)[1]
    block = re.search(r"\n\n((?:    .*\n)+)", text).group(1)
    joined = re.sub(r"\\\n\s*", "", block)
    return [re.sub(r"\s+#.*", "", line).strip() for line in joined.splitlines()]


class Terminal:
    """A command line in a pseudo-terminal of 110 columns. Keeps the output with its escape sequences."""

    def __init__(self, command, environment=None):
        self.raw = b""
        self.begin = time.monotonic()
        self.pid, self.keys = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # the caller may ignore SIGINT, and that is inherited
            os.chdir(ROOT)
            env = dict(os.environ, TERM="xterm", **(environment or {}))
            os.execvpe("bash", ["bash", "-c", f"stty cols 110 rows 30; {command}"], env)

    def read(self, wait_s):
        """Read what comes within @wait_s. Return: False if the output has ended."""
        if not select.select([self.keys], [], [], wait_s)[0]:
            return True
        try:
            self.raw += os.read(self.keys, 65536)
            return True
        except OSError:
            return False

    def look(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.read(0.1):
            pass
        return self.text()

    def wait(self, pattern, timeout_s):
        """Wait until @pattern matches the text. Return: the match, or None."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            match = re.search(pattern, self.text(), re.M)
            if match:
                return match
            if not self.read(0.1):
                break
        return re.search(pattern, self.text(), re.M)

    def text(self):
        return ESCAPES.sub("", self.raw.decode(errors="replace"))

    def screen(self):
        """The last whole screen of a program that redraws its screen."""
        frames = [ESCAPES.sub("", frame) for frame in CLEARED.split(self.raw.decode(errors="replace"))]
        return next((frame for frame in reversed(frames) if len(frame.splitlines()) > 3), frames[-1])

    def type(self, keys):
        os.write(self.keys, keys.encode())

    def end(self, timeout_s):
        """Wait for the end of the command. Return: its exit status, or "did not end"."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until and self.read(0.2):
            pass
        until = time.monotonic() + 5
        while time.monotonic() < until:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "did not end"


class Page:
    def __init__(self):
        self.good = True

    def step(self, typed, seconds, right, seen, remark=""):
        """Print one step. @right: whether it did what the README says. @seen: lines to show."""
        self.good = self.good and bool(right)
        print(f"\n### `{typed}`\n\n{'' if right else '**Not as the README says.** '}{seconds:.1f} s. {remark}".rstrip())
        lines = [line.rstrip().replace(os.path.expanduser("~") + "/", "~/") for line in seen if line.strip()]
        if lines:
            print("\n    " + "\n    ".join(lines), flush=True)


def run(page, command, last=3, before=""):
    """Run a command that ends by itself, and show its last lines."""
    begin = time.monotonic()
    done = subprocess.run(["bash", "-c", before + command], cwd=ROOT, input="y\n", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("W: Download is performed unsandboxed")]
    page.step(command, time.monotonic() - begin, done.returncode == 0, lines[-last:],
              f"Exit status {done.returncode}." if done.returncode else "")


def look_inside(page, demo):
    """Run the commands that the README suggests while the demo is running, each in another terminal."""
    export = demo.wait(r"^ +(export VIGIL_CONFIG=.*)$", 5).group(1)
    page.step(re.sub(r"/\S*(?=/vigil\.yaml)|(?<=PATH=)\S*(?=/build)", "…", export), 0, True, [], "As printed by the demo.")
    tap = None
    for command in readme_block("## Looking inside a running demo"):
        if "watch" in command:
            watch = Terminal(f"{export}; {command}")
            watch.look(6)
            watch.type("\x03")
            page.step(command, 6, watch.end(5) in (0, 130) and "critical" in watch.text(), watch.text().splitlines()[-8:],
                      "Ctrl-C ends it. The last lines:")
        elif "pager" in command:
            pager = Terminal(f"{export}; {command}")
            came = pager.wait("Possible fall", 60)
            pager.look(0.5)
            seen = pager.screen().splitlines()
            pager.type("a")
            accepted = pager.wait("accepted", 10)
            pager.type("q")
            page.step(command, time.monotonic() - pager.begin, came and accepted and pager.end(5) == 0, seen,
                      "A page arrives; `a` accepts it, `q` quits. Before the `a`:")
        elif "tap" in command:
            tap = Terminal(f"{export}; {command}")
            tap.look(2)
        else:
            run(page, command, last=40, before=export + "; ")
    came = tap.wait(r'^{.*"elder":"E0020".*"transition":"raised"', 10)
    tap.type("\x03")
    page.step("vigil tap alerts", time.monotonic() - tap.begin, tap.end(5) in (0, 130) and came,
              [came.group(0)[:200] + " …"] if came else [], "The alert of the button just pressed:")
    for port in re.findall(r"http://(\S+)/metrics", demo.text()):
        done = [subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/{port.replace(':', '/')}; "
                                f"printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"], capture_output=True, text=True,
                               check=False).stdout for path in ("/metrics", "/-/healthy", "/-/ready")]
        page.step(f"GET http://{port}/metrics, /-/healthy, /-/ready", 0, all(" 200 " in text.split("\n")[0] for text in done),
                  [text.strip().splitlines()[-1] for text in done], "The last line of each:")


def walk_demo(page, command):
    demo = Terminal(command)
    first = demo.wait(r"│ .*☎ ", 600)
    first_s = time.monotonic() - demo.begin
    demo.wait(r"✓ F0011a", 30)
    page.step(command, first_s, first, demo.text().splitlines()[:24], "Time until the first page was on the screen:")
    look_inside(page, demo)
    demo.type("\x03")
    begin = time.monotonic()
    status = demo.end(60)
    left = [name for name in os.listdir("/tmp") if name.startswith("vigil-stack-")]
    page.step("Ctrl-C", time.monotonic() - begin, status == 0 and not left, demo.text().splitlines()[-3:],
              f"Exit status {status}; folders left in /tmp: {', '.join(left) or 'none'}. The end:")


def main():
    page = Page()
    for command in readme_block("## Build"):
        run(page, command, last=9 if "test" in command else 3)
    demo, test = readme_block("[中文](README.zh.md)")
    walk_demo(page, demo)
    print(f"\n### `{test}`\n\nIts duration and last line on such a machine: [fresh-machine.md](fresh-machine.md).")
    return 0 if page.good else 1


if __name__ == "__main__":
    sys.exit(main())
