# SPDX-License-Identifier: MIT
"""`vigil sim` on a stack: its neighbourhood, its keys, and runs with their results."""

import json
import os
import signal
import subprocess
import time

from .proc import Failed, wait_until


class Sim:
    """One neighbourhood. Pass prepare to the Stack, and call import_registry() when the stack is up."""

    def __init__(self, elders=300):
        self.elders = elders
        self.stack = None
        self.devices = 0

    def prepare(self, stack):
        """Before anything runs: write the CSV files, the keys of all people, and the overrides that the stories
        need."""
        self.stack = stack
        self.registry = os.path.join(stack.folder, "registry")
        stack.vigil("sim", "--elders", self.elders, "--registry", self.registry,
                    "--keys", os.path.join(stack.folder, "keys"),
                    "--overrides", os.path.join(stack.folder, "rules", "overrides.d"))
        stack.give_desk_key()
        with open(os.path.join(self.registry, "devices.csv"), encoding="utf-8") as rows:
            self.devices = sum(1 for _ in rows) - 1

    def import_registry(self):
        """Import the registry into Kafka, and wait until ingest and rules have read it."""
        stack = self.stack
        stack.vigil("registry", "import", self.registry)
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_registry_devices") >= self.devices, 30,
                   "ingest to know the devices")
        wait_until(lambda: stack.metric("rules", "vigil_rules_elders") >= self.elders, 30,
                   "rules to know the elders")

    def start(self, *args, **pipes):
        """Start a run in the background. Return: SimRun."""
        argv = self.stack.vigil_argv("sim", "--elders", self.elders, *args)
        return SimRun(self.stack.spawn(f"sim-{len(self.stack.extra)}", argv, stop_with=signal.SIGINT, **pipes))


class SimRun:
    def __init__(self, process):
        self.process = process

    def result(self, timeout_s):
        """Wait for the end. Return: its last line as a dict; `good` there says whether it passed, not the exit
        status."""
        try:
            self.process.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Failed(f"vigil sim did not end within {timeout_s} s:\n{self.process.tail()}") from None
        return self.parse(self.process.tail(1))

    def parse(self, line):
        try:
            return json.loads(line)
        except ValueError:
            raise Failed(f"vigil sim ended with {self.process.popen.returncode}; its last lines:\n"
                         + self.process.tail()) from None

    def complaints(self):
        """The lines of its log that report a failure."""
        with open(self.process.log, encoding="utf-8", errors="replace") as lines:
            return [line.strip() for line in lines if "✗" in line]
