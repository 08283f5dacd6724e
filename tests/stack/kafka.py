# SPDX-License-Identifier: MIT
"""Apache Kafka as one KRaft node: jars in the cache folder, a formatted data folder to copy, and a class archive.

Formatting takes 2 s and a cold JVM another 2 s. prepare() does both once per machine.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from .proc import Process, wait_ready, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
CLUSTER_ID = "dmlnaWwtc3RhY2stMDAwMQ"

CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A killed broker may come back at once: one machine, nothing else would take over.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
controlled.shutdown.enable=false
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
"""


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "vigil", "kafka")


def java():
    return shutil.which("java")


def jars_folder():
    return os.path.join(cache_folder(), "lib")


def is_available():
    """Can a real broker be started here? ./run downloads what is missing beforehand."""
    return java() is not None and any(name.startswith("kafka_2.13") for name in _listdir(jars_folder()))


def _listdir(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _java_argv(options, main, *args):
    # TieredStopAtLevel=1: no optimising compiler (C2). It works for minutes after a start and takes processor time from
    # what is measured. Without it the broker used a quarter less of it in a bench of half a minute, and p99 halved.
    return [java(), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
            "-Dlog4j2.configurationFile=" + os.path.join(HERE, "log4j2.properties"),
            "-Dlog4j2.disableJmx=true", *options, "-cp", jars_folder() + "/*", main, *args]


def _key():
    """Hash of the JVM, the jars and the configuration: the class archive and the data folder fit only these."""
    version = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True).stderr
    text = version + "2" + "".join(sorted(_listdir(jars_folder())))
    return format(hash_fnv(text + CONFIG), "016x")


def hash_fnv(text):
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001b3) & 0xffffffffffffffff
    return value


def _write_config(folder, port, controller_port):
    path = os.path.join(folder, "kafka.properties")
    with open(path, "w", encoding="ascii") as config:
        config.write(CONFIG.format(port=port, controller_port=controller_port,
                                   data=os.path.join(folder, "kafka")))
    return path


def prepare(free_port, say=lambda text: None):
    """Make the formatted data folder and the class archive if they are missing. Return: the folder that has both."""
    ready = os.path.join(cache_folder(), "ready-" + _key())
    if os.path.isdir(ready):
        return ready
    os.makedirs(cache_folder(), exist_ok=True)
    with open(os.path.join(cache_folder(), "prepare.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(ready):
            return ready
        say("preparing Kafka for fast starts (once, about 15 s)")
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix="new-") as folder:
            _prepare_in(folder, free_port)
            os.mkdir(os.path.join(folder, "done"))
            shutil.move(os.path.join(folder, "template"), os.path.join(folder, "done", "template"))
            shutil.move(os.path.join(folder, "kafka.jsa"), os.path.join(folder, "done", "kafka.jsa"))
            for name in _listdir(cache_folder()):
                if name.startswith("ready-"):
                    shutil.rmtree(os.path.join(cache_folder(), name), ignore_errors=True)
            os.rename(os.path.join(folder, "done"), ready)
    return ready


def _prepare_in(folder, free_port):
    port = free_port()
    config = _write_config(folder, port, free_port())
    with open(config, "a", encoding="ascii") as more:
        # With a controlled shutdown, a broker that starts on the copy need not wait for this one's session to expire.
        more.write("controlled.shutdown.enable=true\n")
    subprocess.run(_java_argv([], "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config),
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    archive = os.path.join(folder, "kafka.jsa")
    broker = Process("kafka-prepare", _java_argv(["-XX:ArchiveClassesAtExit=" + archive], "kafka.Kafka",
                                                 config),
                     folder, ready=lambda: answers(port), stop_wait_s=60)
    broker.start()
    try:
        wait_ready([broker], 60)
        make_coordinator(port)
    finally:
        broker.stop()
    shutil.copytree(os.path.join(folder, "kafka"), os.path.join(folder, "template"))
    if not os.path.exists(archive):
        open(archive, "wb").close()  # a JVM that cannot archive still runs, only slower


def process(folder, port, controller_port, prepared):
    """A broker on a fresh copy of the formatted data folder, not yet started."""
    data = os.path.join(folder, "kafka")
    if not os.path.isdir(data):
        shutil.copytree(os.path.join(prepared, "template"), data)
    config = _write_config(folder, port, controller_port)
    archive = os.path.join(prepared, "kafka.jsa")
    options = ["-XX:SharedArchiveFile=" + archive] if os.path.getsize(archive) else []
    return Process("kafka", _java_argv(options, "kafka.Kafka", config), folder,
                   ready=lambda: answers(port), stop_with=signal.SIGKILL)  # its data is thrown away


def answers(port):
    """Does the broker at @port return its metadata and a producer id? At the first request for an id the broker fetches
    a block of ids and answers with an error for half a second. Asking here keeps that wait out of the tests."""
    try:
        brokers, = struct.unpack_from(">i", _ask(port, 3, 1, struct.pack(">i", -1)))  # metadata, all topics
        # InitProducerId: no transaction, 60 s; the answer: throttle time, error code
        return brokers > 0 and struct.unpack_from(">ih", _ask(port, 22, 0, struct.pack(">hi", -1, 60000)))[1] == 0
    except OSError:
        return False


def make_coordinator(port):
    """At the first request for a group's coordinator the broker creates the offsets topic, which takes a second. Ask
    once, so that the copied data folder has the topic."""
    group = b"warm"
    question = struct.pack(">h", len(group)) + group + b"\0"
    wait_until(lambda: struct.unpack_from(">ih", _ask(port, 10, 1, question))[1] == 0, 10, "Kafka to name a coordinator")


def create_topic(port, name, partitions=1):
    """Create a topic through the admin API. For topics of others; the programs create Vigil's own topics."""
    topic = name.encode()
    # one topic, no assignments, no settings; timeout 10 s; validate_only false
    answer = _ask(port, 19, 2, struct.pack(">ih", 1, len(topic)) + topic
                  + struct.pack(">ihiiib", partitions, 1, 0, 0, 10000, 0))
    code, = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(topic))
    if code not in (0, 36):  # 36: the topic exists
        raise OSError(f"Kafka refused to create {name}: error {code}")


def delete_topic(port, name):
    """Delete a topic through the admin API. Returns when the broker has confirmed."""
    topic = name.encode()
    answer = _ask(port, 20, 1, struct.pack(">ih", 1, len(topic)) + topic + struct.pack(">i", 10000))
    code, = struct.unpack_from(">h", answer, 4 + 4 + 2 + len(topic))  # after throttle time, topic count, topic name
    if code:
        raise OSError(f"Kafka refused to delete {name}: error {code}")


def _ask(port, key, version, body):
    """Send one request of Kafka's protocol on a connection of its own. Return: the answer without length and
    correlation id."""
    client = b"stack"
    request = struct.pack(">hhih", key, version, 1, len(client)) + client + body
    with socket.create_connection(("127.0.0.1", port), timeout=15) as peer:
        peer.sendall(struct.pack(">i", len(request)) + request)
        return _read(peer, struct.unpack(">i", _read(peer, 4))[0])[4:]


def _read(peer, size):
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data
