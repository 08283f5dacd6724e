# SPDX-License-Identifier: MIT
"""One child process: start it with its own log, wait for it, kill it, never leave it behind."""

import os
import shutil
import signal
import subprocess
import threading
import time
import weakref


class Failed(Exception):
    """A process did not start or died, or a wait was too long. The text names it and shows the end of a log."""


# How long a test waits for something that must come. It is not a requirement on speed: tests of speed measure the time.
PATIENCE_S = 40

_watched = weakref.WeakSet()  # servers and programs that a test relies on


def check_deaths():
    """Raise Failed if a server or program has ended without being stopped. Every wait calls this, so that a test fails
    at once and names the process, instead of waiting for something that cannot come any more."""
    for process in list(_watched):
        if process.has_died():
            raise Failed(f"{process.name} died (status {process.popen.returncode}); its last lines:\n{process.tail(60)}")


class Process:
    """A named child process. Start it from the main thread only: the kernel sends the death signal when the thread that
    forked ends, so a child of a helper thread would die with that thread."""

    def __init__(self, name, argv, folder, env=None, ready=None, stop_with=signal.SIGTERM,
                 stop_wait_s=10.0, stdin=None, stdout=None, stderr=None):
        self.name = name
        self.argv = [str(arg) for arg in argv]
        self.log = os.path.join(folder, name + ".log")
        self.env = env
        self.ready = ready
        self.stop_with = stop_with
        self.stop_wait_s = stop_wait_s
        self.stdin = stdin if stdin is not None else subprocess.DEVNULL
        self.stdout = stdout
        self.stderr = stderr
        self.popen = None
        self.started = 0.0
        self.unclean = None  # why its end was not clean
        self.watched = False  # its unexpected end fails every wait: see check_deaths()
        self.judged = False  # an end without being asked is unclean: true for Vigil's programs, not for tools

    def start(self):
        assert threading.current_thread() is threading.main_thread()
        assert self.popen is None or self.popen.poll() is not None
        # In a new session, the child does not get Ctrl-C from the terminal; we do, and stop all children in order.
        # The death signal ends the child if we are killed ourselves.
        argv = [shutil.which("setpriv") or "/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] + self.argv
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(argv, stdin=self.stdin, stdout=self.stdout or log,
                                          stderr=self.stderr or log, env=self.env,
                                          start_new_session=True)
        self.started = time.monotonic()
        self.asked = False
        if self.watched:
            _watched.add(self)
        return self

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def has_died(self):
        """Was it started, and has it ended without being asked to?"""
        return self.popen is not None and not self.asked and not self.alive()

    def is_ready(self):
        """True if ready, False if not yet. Raises Failed if it has died."""
        if not self.alive():
            code = self.popen.returncode if self.popen else None
            raise Failed(f"{self.name} ended while starting (status {code}); its last lines:\n"
                         + self.tail())
        return self.ready is None or bool(self.ready())

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def pause(self):
        """Send SIGSTOP and wait until all threads have stopped: on a busy machine some continue for a while."""
        self.signal(signal.SIGSTOP)
        if self.alive():
            os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def kill(self):
        """Send SIGKILL and wait until the process has ended."""
        if self.popen is not None:
            self.asked = self.alive()
            self.signal(signal.SIGKILL)
            self.popen.wait()

    def stop(self):
        """Send the stop signal and wait; SIGKILL after stop_wait_s. Sets unclean if the end was not clean."""
        self.begin_stop()
        self.end_stop()

    def begin_stop(self):
        if self.alive():
            self.asked = True
            self.signal(signal.SIGCONT)  # a stopped process cannot handle the stop signal
            self.signal(self.stop_with)

    def end_stop(self):
        _watched.discard(self)
        if self.popen is None:
            return
        try:
            code = self.popen.wait(self.stop_wait_s)
            fine = (0, -self.stop_with, 128 + self.stop_with, 130, -signal.SIGKILL)
            if (self.asked and code not in fine) or (self.judged and not self.asked):
                self.unclean = f"status {code}" + ("" if self.asked else ", and nobody had asked it to end")
        except subprocess.TimeoutExpired:
            self.unclean = "did not end after SIGTERM"
            self.kill()

    def cpu_s(self):
        """Processor time so far, user and system, in seconds."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def unread_bytes(self, port):
        """Bytes received but not read yet on its TCP connections to @port."""
        own = set()
        for entry in os.scandir(f"/proc/{self.pid}/fd"):
            try:
                own.add(os.readlink(entry.path))
            except OSError:
                pass  # closed since scandir()
        total = 0
        with open(f"/proc/{self.pid}/net/tcp", encoding="ascii") as table:
            for fields in map(str.split, list(table)[1:]):
                if int(fields[2].partition(":")[2], 16) == port and f"socket:[{fields[9]}]" in own:
                    total += int(fields[4].partition(":")[2], 16)
        return total

    def count(self, text):
        """How many lines of its log contain @text."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum(text in line for line in log)

    def tail(self, lines=15):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                text = log.readlines()[-lines:]
        except OSError as why:
            return f"    (no log: {why})"
        return "".join("    " + line for line in text) or "    (its log is empty)"


def wait_ready(processes, timeout_s):
    """Wait until all are ready. Raises Failed naming the process that died, or those that are late."""
    waiting = list(processes)
    deadline = time.monotonic() + timeout_s
    while True:
        waiting = [process for process in waiting if not process.is_ready()]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise Failed("\n".join(f"{process.name} is not ready after {timeout_s:.0f} s; its last lines:\n"
                                   + process.tail() for process in waiting))
        time.sleep(0.02)


def wait_until(question, timeout_s, what):
    """Poll @question until its result is true. Return: the result. Raises Failed naming @what was waited for: a text,
    or a function that returns it and may say how far things got."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        check_deaths()
        if time.monotonic() > deadline:
            raise Failed(f"waited {timeout_s:.0f} s for {what() if callable(what) else what}")
        time.sleep(0.02)
