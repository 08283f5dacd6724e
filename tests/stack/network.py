# SPDX-License-Identifier: MIT
"""A private network in which packets can be lost.

The host of a killed process refuses connections, and a stopped process keeps its connections. A broken cable does
neither: packets are lost silently. Simulating that takes a packet filter, and a private filter takes a network
namespace: enter() runs this program again inside one that has only loopback.
"""

import os
import shutil
import subprocess
import sys

INSIDE = "VIGIL_TEST_OWN_NETWORK"
TABLE = """\
table inet vigil {{
        set cut {{ type inet_service; }}
        chain input {{
                type filter hook input priority 0; policy accept;
                tcp dport @cut drop
                tcp sport @cut drop
        }}
}}
"""


def _tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _namespace():
    # Without root, create a user namespace in which we are root.
    return [_tool("unshare") or "unshare", *(("--net",) if os.geteuid() == 0 else ("--user", "--map-root-user", "--net"))]


def why_not():
    """Why this machine cannot simulate packet loss, or None if it can."""
    missing = [name for name in ("unshare", "ip", "nft") if not _tool(name)]
    if missing:
        return f"{missing[0]} is not installed"
    if os.environ.get(INSIDE):
        return None
    done = subprocess.run([*_namespace(), _tool("nft"), "list", "ruleset"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "a network namespace is not to be had: " + done.stderr.strip()


def enter():
    """Continue in a private network. Called outside of it, it restarts the program inside and does not return. Returns
    at once if why_not() has a reason."""
    if why_not() is not None:
        return
    if not os.environ.get(INSIDE):
        os.environ[INSIDE] = "1"
        os.execv(_namespace()[0], [*_namespace(), sys.executable, *sys.argv])
    subprocess.run([_tool("ip"), "link", "set", "lo", "up"], check=True)
    subprocess.run([_tool("nft"), "-f", "-"], input=TABLE.format(), text=True, check=True)


def cut(*ports):
    """From now on drop every packet to or from these server ports."""
    _elements("add", ports)


def mend(*ports):
    _elements("delete", ports)


def _elements(verb, ports):
    subprocess.run([_tool("nft"), verb, "element", "inet", "vigil", "cut",
                    "{ " + ", ".join(str(port) for port in ports) + " }"], check=True)
