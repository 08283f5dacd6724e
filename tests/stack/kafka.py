# SPDX-License-Identifier: MIT
"""Apache Kafka, one KRaft node: jars in the cache, a formatted data folder to copy, a class archive.

Formatting costs 2 s and a cold JVM another 2 s; both are paid once a machine, in prepare().
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

from .proc import Process, wait_ready

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
    """Whether a real broker can be started here: ./run fetches what is missing beforehand."""
    return java() is not None and any(name.startswith("kafka_2.13") for name in _listdir(jars_folder()))


def _listdir(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _java_argv(options, main, *args):
    # The second compiler works for minutes after a start and takes its cores from what is measured: without
    # it the broker used a quarter less time in a bench's half minute, and the 99th percentile halved.
    return [java(), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
            "-Dlog4j2.configurationFile=" + os.path.join(HERE, "log4j2.properties"),
            "-Dlog4j2.disableJmx=true", *options, "-cp", jars_folder() + "/*", main, *args]


def _key():
    """The archive fits one JVM and one set of jars only."""
    version = subprocess.run([java(), "-version"], capture_output=True, text=True, check=True).stderr
    text = version + "".join(sorted(_listdir(jars_folder())))
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
    """Make the formatted folder and the class archive if they are missing. Return: their folder."""
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
    subprocess.run(_java_argv([], "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", config),
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    shutil.copytree(os.path.join(folder, "kafka"), os.path.join(folder, "template"))
    archive = os.path.join(folder, "kafka.jsa")
    broker = Process("kafka-prepare", _java_argv(["-XX:ArchiveClassesAtExit=" + archive], "kafka.Kafka",
                                                 config),
                     folder, ready=lambda: answers(port), stop_wait_s=60)
    broker.start()
    try:
        wait_ready([broker], 60)
    finally:
        broker.stop()
    if not os.path.exists(archive):
        open(archive, "wb").close()  # a JVM that cannot archive still runs, only slower


def process(folder, port, controller_port, prepared):
    """A broker on a fresh copy of the formatted folder, not yet started."""
    data = os.path.join(folder, "kafka")
    if not os.path.isdir(data):
        shutil.copytree(os.path.join(prepared, "template"), data)
    config = _write_config(folder, port, controller_port)
    archive = os.path.join(prepared, "kafka.jsa")
    options = ["-XX:SharedArchiveFile=" + archive] if os.path.getsize(archive) else []
    return Process("kafka", _java_argv(options, "kafka.Kafka", config), folder,
                   ready=lambda: answers(port), stop_with=signal.SIGKILL)  # its data is thrown away


def answers(port):
    """Whether a broker there answers a metadata request with at least one broker in it."""
    client = b"stack"
    # api key 3, version 1, correlation 1, client id; all topics
    body = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as peer:
            peer.sendall(struct.pack(">i", len(body)) + body)
            head = _read(peer, 12)  # length, correlation, number of brokers
            return struct.unpack(">iii", head)[2] > 0
    except OSError:
        return False


def _read(peer, size):
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def create_topic(port, name, partitions=1):
    """Through the admin API. For topics that are not Vigil's own: those the programs create."""
    client, topic = b"stack", name.encode()
    # api key 19, version 2; one topic, no assignments, no settings; 10 s; not only validated
    body = (struct.pack(">hhih", 19, 2, 1, len(client)) + client + struct.pack(">ih", 1, len(topic)) + topic
            + struct.pack(">ihiiib", partitions, 1, 0, 0, 10000, 0))
    with socket.create_connection(("127.0.0.1", port), timeout=15) as peer:
        peer.sendall(struct.pack(">i", len(body)) + body)
        answer = _read(peer, struct.unpack(">i", _read(peer, 4))[0])
    code = struct.unpack_from(">h", answer, 4 + 4 + 4 + 2 + len(topic))[0]
    if code not in (0, 36):  # 36: it exists
        raise OSError(f"Kafka refused to create {name}: error {code}")
