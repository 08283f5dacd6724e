#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All of Vigil in one temporary folder: Mosquitto, Redis, Kafka and the programs.

    with Stack(build="build") as stack:
        stack.vigil("registry", "import", "configs/registry")
        stack.kill("ingest")
        stack.start("ingest")

It uses free loopback ports and writes one log per process. On exit, also after an error, it ends every process by
its pid. As a command: python3 tests/stack/stack.py [--build DIR] [--keep] [--kafka real|mock].
"""

import argparse
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    __package__ = "stack"

from . import kafka
from .proc import Failed, Process, wait_ready

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = ("ingest", "rules", "alerting")
FOLDER_PREFIX = "vigil-stack-"

MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 1000000
max_inflight_messages 1000
message_size_limit 2097152
{user}"""

VIGIL_CONFIG = """\
# Written by tests/stack/stack.py; docs/vigil.yaml.5.scd explains every key.
version: 1
site:
  name: demo
  time_zone: Asia/Shanghai
mqtt:
  host: 127.0.0.1
  port: {mqtt}
kafka:
  brokers: 127.0.0.1:{kafka}
  partitions: 4
  replication: 1
redis:
  host: 127.0.0.1
  port: {redis}
ingest:
  http: 127.0.0.1:{ingest}
  profiles: profiles
rules:
  http: 127.0.0.1:{rules}
  files: rules
  shards: 1
  settle: 5s
alerting:
  http: 127.0.0.1:{alerting}
  pages: tcp://127.0.0.1:{pages}
  feed: tcp://127.0.0.1:{feed}
  snapshot: tcp://127.0.0.1:{snapshot}
"""

# With a second alerting process: the list of both, which every process and client reads.
INSTANCES = """\
  instances:
    - {{ pages: tcp://127.0.0.1:{pages}, feed: tcp://127.0.0.1:{feed}, snapshot: tcp://127.0.0.1:{snapshot} }}
    - {{ pages: tcp://127.0.0.1:{pages-2}, feed: tcp://127.0.0.1:{feed-2}, snapshot: tcp://127.0.0.1:{snapshot-2} }}
"""
SECOND = ("alerting", "pages", "feed", "snapshot")

# The mock broker cannot create topics, so they are named here, as common/kafka/kafka_topics.c creates them for 4
# partitions.
TOPICS = {"events.alarm": 4, "events.telemetry": 4, "alerts": 4, "ledger": 4, "acks": 4, "pages": 4,
          "registry": 1, "quarantine": 1, "health": 1}

PORTS = ("mqtt", "redis", "kafka", "controller", "ingest", "rules", "alerting", "pages", "feed",
         "snapshot", *(name + "-2" for name in SECOND))


_reserved = {}  # port: the socket whose name reserves it


def free_port():
    """A free loopback port, reserved for this process until release_ports(): no other stack takes it, not even while its
    server is killed. Below the kernel's range of ephemeral ports: a client socket could take a port within that range
    before the server's bind()."""
    while True:
        port = random.randrange(15000, 32000)
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0vigil-port-{port}")  # an abstract name: the kernel frees it with the process
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        _reserved[port] = name
        return port


def release_ports(ports):
    for port in ports:
        _reserved.pop(port).close()


def sweep():
    """Remove the folders of stacks that were killed. The folder of a live stack is locked."""
    for name in os.listdir(tempfile.gettempdir()):
        folder = os.path.join(tempfile.gettempdir(), name)
        lock = os.path.join(folder, "lock")
        if not name.startswith(FOLDER_PREFIX) or not os.path.exists(lock):
            continue
        try:
            if time.time() - os.stat(folder).st_mtime < 60:
                continue  # just created, perhaps not locked yet
            with open(lock, "r+b") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass


class Stack:
    """See the top of the file. Belongs to the main thread."""

    def __init__(self, build="build", broker=None, programs=PROGRAMS, keep=False, say=None,
                 env=None, prepare=None, second_alerting=False):
        self.build = os.path.join(ROOT, build)
        self.broker = broker or ("real" if kafka.is_available() else "mock")
        self.programs = tuple(programs)
        self.keep = keep
        self.say = say or (lambda text: None)
        self.env = dict(os.environ, VIGIL_CONFIG="", **(env or {}))
        self.prepare = prepare  # called with the stack when its folder exists and nothing runs yet
        self.has_second = second_alerting or "alerting-2" in programs
        self.folder = None
        self.port = {}
        self.processes = {}
        self.extra = []  # started by spawn()
        self.unclean = []
        self._lock = None

    # --- life -----------------------------------------------------------------------------

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)
        try:
            self._open()
            if self.prepare:
                self.prepare(self)
            self.start_servers()
            self.start(*self.programs)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, *_):
        self.close()
        if kind is None and self.unclean:
            raise Failed("\n".join(self.unclean))

    def _open(self):
        sweep()
        self.folder = tempfile.mkdtemp(prefix=FOLDER_PREFIX)
        self._lock = open(os.path.join(self.folder, "lock"), "wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for name in PORTS:
            self.take_port(name)
        self.conf = os.path.join(self.folder, "vigil.yaml")
        self.env["VIGIL_CONFIG"] = self.conf
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(VIGIL_CONFIG.format(**self.port))
            if self.has_second:
                conf.write("  instance: alerting-1\n" + INSTANCES.format(**self.port))
        for name in ("profiles", "rules"):
            shutil.copytree(os.path.join(ROOT, "configs", name), os.path.join(self.folder, name))
        shutil.copy(os.path.join(ROOT, "configs", "escalation.yaml"), self.folder)
        os.mkdir(os.path.join(self.folder, "keys"), 0o700)

    def close(self):
        """End every process by its pid: Vigil's programs before the servers, so that no program loses its server."""
        if self.folder is None:
            return
        ours = [process for process in self.processes.values() if process.name in self.programs]
        servers = [process for process in self.processes.values() if process not in ours]
        for group in (self.extra, ours, servers):
            for process in group:
                process.begin_stop()
            for process in group:
                process.end_stop()
                if process.unclean is not None:
                    self.unclean.append(f"{process.name} did not end cleanly ({process.unclean}); "
                                        f"its last lines:\n{process.tail(60)}")
        release_ports(self.port.values())
        self._lock.close()
        if self.keep:
            os.unlink(os.path.join(self.folder, "lock"))
            self.say(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    # --- the servers ----------------------------------------------------------------------

    def start_servers(self):
        """Start Mosquitto, Redis and Kafka in parallel. Returns when all three answer."""
        makers = {"mosquitto": self._mosquitto, "redis": self._redis,
                  "kafka": self._kafka if self.broker == "real" else self._mock_kafka}
        for name, make in makers.items():
            self.processes[name] = make()
            self.processes[name].watched = True
            self.processes[name].start()
        wait_ready([self.processes[name] for name in makers], 60)

    def _mosquitto(self):
        data = os.path.join(self.folder, "mosquitto")
        os.makedirs(data, exist_ok=True)
        path = os.path.join(self.folder, "mosquitto.conf")
        with open(path, "w", encoding="ascii") as config:
            config.write(MOSQUITTO_CONFIG.format(port=self.port["mqtt"], folder=data,
                                                 user="user root\n" if os.geteuid() == 0 else ""))
        return Process("mosquitto", [_tool("mosquitto"), "-c", path], self.folder,
                       ready=lambda: _accepts(self.port["mqtt"]))

    def _redis(self):
        data = os.path.join(self.folder, "redis")
        os.makedirs(data, exist_ok=True)
        argv = [_tool("redis-server"), "--bind", "127.0.0.1", "--port", self.port["redis"], "--dir", data,
                "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
                "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        return Process("redis", argv, self.folder, ready=lambda: _redis_answers(self.port["redis"]))

    def _kafka(self):
        prepared = kafka.prepare(free_port, self.say)
        return kafka.process(self.folder, self.port["kafka"], self.port["controller"], prepared)

    def _mock_kafka(self):
        argv = [os.path.join(self.build, "tests", "stack", "mock-kafka"), self.port["kafka"],
                *(f"vigil.{name}={partitions}" for name, partitions in TOPICS.items())]
        return Process("kafka", argv, self.folder, ready=lambda: kafka.answers(self.port["kafka"]))

    # --- the programs ---------------------------------------------------------------------

    def start(self, *names, wait=True):
        """Start servers or programs by name, also after kill(). With @wait, returns when they are ready."""
        for name in names:
            if name not in self.processes:
                self.processes[name] = self._program(name)
                self.processes[name].judged = self.processes[name].watched = True
            self.processes[name].start()
        if wait:
            wait_ready([self.processes[name] for name in names], 60)

    def _program(self, name):
        program = name.removesuffix("-2")
        conf = self._second_conf() if program != name else self.conf
        argv = [os.path.join(self.build, program, "vigil-" + program), "--config", conf, "--log-format", "logfmt"]
        return Process(name, argv, self.folder, env=self.env,
                       ready=lambda: self.http(name, "/-/ready")[0] == 200)

    def take_port(self, name):
        """Return: the port @name of this stack, reserved at the first call and until close()."""
        if name not in self.port:
            self.port[name] = free_port()
        return self.port[name]

    def _second_conf(self):
        """Write vigil-2.yaml: vigil.yaml with the addresses and the instance name of the second alerting process.
        Return: its path."""
        assert self.has_second, "say second_alerting=True, so that everybody knows both"
        with open(self.conf, encoding="utf-8") as conf:
            text, mark, instances = conf.read().partition("  instances:\n")
        for name in SECOND:
            text = text.replace(f"127.0.0.1:{self.port[name]}\n", f"127.0.0.1:{self.port[name + '-2']}\n")
        path = os.path.join(self.folder, "vigil-2.yaml")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(text.replace("instance: alerting-1", "instance: alerting-2") + mark + instances)
        return path

    def spawn_twin(self, name):
        """Start a second process with the instance name of @name, on its own addresses: a mistake of configuration,
        since an instance name must be unique. Returns when it is ready. Return: the Process."""
        with open(self.conf, encoding="utf-8") as conf:
            text = conf.read()
        twin = f"twin-of-{name}-{len(self.extra)}"
        for port in {"alerting": SECOND}.get(name, (name,)):
            self.take_port(twin + "-" + port)
            text = text.replace(f"127.0.0.1:{self.port[port]}\n", f"127.0.0.1:{self.port[twin + '-' + port]}\n")
        path = os.path.join(self.folder, twin + ".yaml")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(text)
        argv = [os.path.join(self.build, name, "vigil-" + name), "--config", path]
        process = self.spawn(twin, argv, ready=lambda: self.http(twin + "-" + name, "/-/ready")[0] == 200)
        wait_ready([process], 60)
        return process

    def pages_endpoints(self):
        """The endpoints of every alerting process, to which recipients connect."""
        return [f"tcp://127.0.0.1:{self.port[name]}" for name in ("pages", "pages-2")[:1 + self.has_second]]

    def kill(self, name):
        """kill -9."""
        self.processes[name].kill()

    def pause(self, name):
        """Stop the process with SIGSTOP. Returns when all its threads have stopped."""
        self.processes[name].pause()

    def resume(self, name):
        self.processes[name].signal(signal.SIGCONT)

    def wait_ready(self, *names, timeout_s=60):
        wait_ready([self.processes[name] for name in names], timeout_s)

    def check_alive(self):
        """Raise Failed if a process that should run has died."""
        for process in [*self.processes.values(), *self.extra]:
            if not process.alive() and process.popen.returncode not in (0, -signal.SIGKILL):
                raise Failed(f"{process.name} died (status {process.popen.returncode}); its last lines:\n"
                             + process.tail(60))

    def change_conf(self, old, new):
        """Replace a text of vigil.yaml; {port names} in both texts are filled in. Programs started later read the
        result."""
        with open(self.conf, encoding="utf-8") as conf:
            text = conf.read()
        assert old.format(**self.port) in text
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(text.replace(old.format(**self.port), new.format(**self.port)))

    def give_desk_key(self):
        """Make a key for ingest, as docs/operator.md says, so that alarms reach the desk while Kafka is down. Call it
        when the server's key exists and nothing runs yet."""
        self.vigil("keys", "new", "--role", "ingest", "--id", "ingest-1", os.path.join(self.folder, "keys"))
        self.change_conf("  profiles: profiles\n", "  profiles: profiles\n  desk_key: keys/ingest-1.key\n")

    # --- queries and commands -------------------------------------------------------------

    def http(self, name, path, timeout_s=2):
        """GET @path of the program @name. Return: (status, text); status 0 if nothing answers."""
        try:
            url = f"http://127.0.0.1:{self.port[name]}{path}"
            with urllib.request.urlopen(url, timeout=timeout_s) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as why:
            return why.code, why.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name, metric, labels=""):
        """Sum of the samples of @metric whose labels contain @labels."""
        total = 0.0
        for line in self.http(name, "/metrics")[1].splitlines():
            head, _, value = line.rpartition(" ")
            if (head == metric or head.startswith(metric + "{")) and labels in head:
                total += float(value)
        return total

    def vigil_argv(self, *args):
        return [os.path.join(self.build, "cli", "vigil"), *[str(arg) for arg in args]]

    def vigil(self, *args, timeout_s=60, check=True, stdin=None):
        """Run the command line once. Return: subprocess.CompletedProcess with text."""
        done = subprocess.run(self.vigil_argv(*args), capture_output=True, text=True, cwd=ROOT,
                              timeout=timeout_s, env=self.env, input=stdin, check=False)
        if check and done.returncode != 0:
            raise Failed(f"vigil {' '.join(str(arg) for arg in args)} ended with {done.returncode}:\n"
                         f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def spawn(self, name, argv, **kwargs):
        """Start another child process. It ends with the stack; its log is beside the others. Return: the Process."""
        process = Process(name, argv, self.folder, env=self.env, **kwargs).start()
        self.extra.append(process)
        return process


def _leave(number, _frame):
    sys.exit(128 + number)


def _tool(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Failed(f"{name} is not installed")
    return path


def _accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _redis_answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as peer:
            peer.sendall(b"PING\r\n")
            return peer.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _make_keys(stack):
    """The keys that are always needed: server, desk, and ingest for notices to the desk. `vigil keys new` makes
    more."""
    keys = os.path.join(stack.folder, "keys")
    stack.vigil("keys", "server", keys)
    stack.vigil("keys", "new", "--role", "desk", "--id", "desk-main", keys)
    stack.give_desk_key()


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("--build", default="build")
    args.add_argument("--keep", action="store_true", help="keep the folder with logs and data")
    args.add_argument("--kafka", choices=("real", "mock"), default=None)
    args.add_argument("--servers-only", action="store_true", help="no Vigil programs")
    args = args.parse_args()
    try:
        begin = time.monotonic()
        with Stack(args.build, args.kafka, () if args.servers_only else PROGRAMS, args.keep, say=print,
                   prepare=_make_keys) as stack:
            print(f"ready after {time.monotonic() - begin:.1f} s; Ctrl-C ends it")
            print("folder", stack.folder)
            for name in PORTS:
                print(f"{name:11} 127.0.0.1:{stack.port[name]}")
            sys.stdout.flush()
            while True:
                time.sleep(0.5)
                stack.check_alive()
    except KeyboardInterrupt:
        return 0
    except Failed as why:
        print(why, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
