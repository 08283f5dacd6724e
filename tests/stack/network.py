# SPDX-License-Identifier: MIT
"""A network of one's own, in which packets can be lost.

A process that is killed answers "refused", one that is frozen keeps its connections; a broken cable does neither: packets
go nowhere and nobody says so. That needs a packet filter, and a filter of one's own needs a network namespace:
enter() runs this program again inside one, with nothing in it but loopback.
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
    # Who is not root is root of a user namespace of his own.
    return [_tool("unshare") or "unshare", *(("--net",) if os.geteuid() == 0 else ("--user", "--map-root-user", "--net"))]


def why_not():
    """Why packets cannot be lost here, or None."""
    missing = [name for name in ("unshare", "ip", "nft") if not _tool(name)]
    if missing:
        return f"{missing[0]} is not installed"
    if os.environ.get(INSIDE):
        return None
    done = subprocess.run([*_namespace(), _tool("nft"), "list", "ruleset"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "a network namespace is not to be had: " + done.stderr.strip()


def enter():
    """Go on inside a network of one's own. Does not return outside of it: the program begins again."""
    if why_not() is not None:
        return
    if not os.environ.get(INSIDE):
        os.environ[INSIDE] = "1"
        os.execv(_namespace()[0], [*_namespace(), sys.executable, *sys.argv])
    subprocess.run([_tool("ip"), "link", "set", "lo", "up"], check=True)
    subprocess.run([_tool("nft"), "-f", "-"], input=TABLE.format(), text=True, check=True)


def cut(*ports):
    """From now on every packet to or from these servers is lost."""
    _elements("add", ports)


def mend(*ports):
    _elements("delete", ports)


def _elements(verb, ports):
    subprocess.run([_tool("nft"), verb, "element", "inet", "vigil", "cut",
                    "{ " + ", ".join(str(port) for port in ports) + " }"], check=True)
