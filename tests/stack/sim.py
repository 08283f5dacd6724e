# SPDX-License-Identifier: MIT
"""`vigil sim` on a stack: its neighbourhood, its keys, and runs of it that end in a result."""

import json
import os
import signal
import subprocess
import time

from .proc import Failed, wait_until


class Sim:
    """One neighbourhood. Give prepare() to the Stack, then import_registry() when it is up."""

    def __init__(self, elders=300):
        self.elders = elders
        self.stack = None
        self.devices = 0

    def prepare(self, stack):
        """Before anything runs: CSV files, everybody's keys, the stories' overrides of rules."""
        self.stack = stack
        self.registry = os.path.join(stack.folder, "registry")
        stack.vigil("sim", "--elders", self.elders, "--registry", self.registry,
                    "--keys", os.path.join(stack.folder, "keys"),
                    "--overrides", os.path.join(stack.folder, "rules", "overrides.d"))
        stack.give_desk_key()
        with open(os.path.join(self.registry, "devices.csv"), encoding="utf-8") as rows:
            self.devices = sum(1 for _ in rows) - 1

    def import_registry(self):
        """Into Kafka, and wait until every stage that runs knows it."""
        stack = self.stack
        stack.vigil("registry", "import", self.registry)
        wait_until(lambda: stack.metric("ingest", "vigil_ingest_registry_devices") >= self.devices, 30,
                   "ingest to know the devices")
        wait_until(lambda: stack.metric("rules", "vigil_rules_elders") >= self.elders, 30,
                   "rules to know the elders")

    def start(self, *args, **pipes):
        """A run in the background. Return: SimRun."""
        argv = self.stack.vigil_argv("sim", "--elders", self.elders, *args)
        return SimRun(self.stack.spawn(f"sim-{len(self.stack.extra)}", argv, stop_with=signal.SIGINT, **pipes))


class SimRun:
    def __init__(self, process):
        self.process = process

    def result(self, timeout_s):
        """Wait for its end; the last line as a dict, `good` told apart from its exit status."""
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
        """Its sentences about what went wrong."""
        with open(self.process.log, encoding="utf-8", errors="replace") as lines:
            return [line.strip() for line in lines if "✗" in line]
