#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the includes against tests/lint/layers.toml.

It fails if a stage includes a header of another stage, if an include in a settled part goes against the order, if a
folder has no entry, if an entry has no file, and if pure code waits, reads a clock or includes a client library.
tests/lint/figures.py counts the includes against the order in the other parts.

    layers.py ROOT
"""

import fnmatch
import os
import re
import sys
import tomllib
from collections import namedtuple

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)
FOREIGN = re.compile(r"^#include <((?:mosquitto|librdkafka|hiredis|zmq|yaml|microhttpd|yyjson|xxhash|curl)[^>]*)>",
                     re.MULTILINE)
WAITS = re.compile(r"\b(time|gettimeofday|clock_gettime|clock_(?:wall|mono)_[mu]s|printf|fprintf|fopen|poll|sleep"
                   r"|usleep|nanosleep|pthread_[a-z_]+) ?\(")
STAGES = ("common", "ingest", "rules", "alerting")

# One include: the including and the included node, and its path and line.
Arrow = namedtuple("Arrow", "source target path line")


def node_of(path):
    """The node of a file: a .c and the .h of the same name are one node."""
    return os.path.splitext(path)[0]


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    """The C sources of the parts that the table names."""

    def __init__(self, root):
        self.root = root
        with open(os.path.join(root, "tests/lint/layers.toml"), "rb") as table:
            self.table = tomllib.load(table)
        self.parts = list(self.table["order"])
        self.reads = self.table["reads"]
        self.settled = self.table.get("settled", {}).get("parts", [])
        self.pure = self.table.get("pure", {}).get("folders", [])
        self.ranks = {entry: (part, rank)
                      for part, entries in self.table["order"].items()
                      for rank, level in enumerate(entries) for entry in level.split()}
        self.files = {folder: names for part in self.parts for folder, names in self._walk(part)}
        self.sources = [f"{folder}/{name}" for folder, names in self.files.items() for name in names
                        if name.endswith((".c", ".h"))]
        self.text = {path: self._read(path) for path in self.sources}
        self.arrows = self._arrows()

    def _walk(self, part):
        for folder, folders, names in os.walk(os.path.join(self.root, part)):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            yield os.path.relpath(folder, self.root), sorted(names)

    def _read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as source:
            return source.read()

    def _arrows(self):
        arrows = []
        for path, text in self.text.items():
            for match in INCLUDE.finditer(text):
                beside = f"{os.path.dirname(path)}/{match.group(1)}"
                target = match.group(1) if match.group(1) in self.text else beside
                if target in self.text and node_of(target) != node_of(path):
                    arrows.append(Arrow(node_of(path), node_of(target), path, line_at(text, match.start())))
        return arrows

    def entry_of(self, node):
        """The entry of the order to which @node belongs, or None."""
        folder = os.path.dirname(node)
        fitting = [entry for entry in self.ranks if entry == folder or fnmatch.fnmatchcase(node, entry)]
        return max((entry for entry in fitting if os.path.dirname(entry) == folder or entry == folder), key=len,
                   default=None)

    def is_read(self, source, target):
        """May @source include @target? Its part and each folder around it that [reads] names must allow it."""
        def within(node, folder):
            return node == folder or node.startswith(folder + "/")

        return all(any(within(target, door) for door in [reader, *doors])
                   for reader, doors in self.reads.items() if within(source, reader))

    def crossings(self):
        """Includes that [reads] does not allow."""
        return [arrow for arrow in self.arrows if not self.is_read(arrow.source, arrow.target)]

    def upward(self):
        """Includes against the table: not allowed by [reads], or inside a part from lower to higher. One for each pair
        of nodes."""
        found = {(arrow.source, arrow.target): arrow for arrow in self.crossings()}
        for arrow in self.arrows:
            here, there = self.entry_of(arrow.source), self.entry_of(arrow.target)
            if here is None or there is None or here == there:
                continue
            (part, rank), (other_part, other_rank) = self.ranks[here], self.ranks[there]
            if part == other_part and other_rank >= rank:
                found.setdefault((arrow.source, arrow.target), arrow)
        return [found[pair] for pair in sorted(found)]

    def homeless(self):
        """Folders with C sources that no entry of the order names."""
        return sorted({os.path.dirname(path) for path in self.sources if self.entry_of(node_of(path)) is None})

    def stale(self):
        """Entries of the table that match no file."""
        nodes = {node_of(path) for path in self.sources}
        folders = {os.path.dirname(node) for node in nodes}
        doors = [door for doors in self.reads.values() for door in doors]
        return sorted({entry for entry in [*self.ranks, *self.reads, *doors, *self.pure]
                       if entry not in folders and not any(fnmatch.fnmatchcase(node, entry) for node in nodes)
                       and not any(folder.startswith(entry + "/") for folder in folders)})

    def core(self):
        """The sources of common from which libcore is built."""
        path = os.path.join(self.root, "common/meson.build")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as build:
            listed = re.search(r"^libcore = static_library\((.*?)^dep_core", build.read(), re.MULTILINE | re.DOTALL)
        return ["common/" + name for name in re.findall(r"'([\w/]+\.c)'", listed.group(1))] if listed else []


def circles(arrows):
    """Strongly connected components of more than one node: [[node]], by Tarjan's algorithm without recursion."""
    beyond = {}
    for arrow in arrows:
        beyond.setdefault(arrow[0], set()).add(arrow[1])
        beyond.setdefault(arrow[1], set())
    number, low, stack, on_stack, found = {}, {}, [], set(), []
    for start in sorted(beyond):
        if start in number:
            continue
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        walk = [(start, iter(sorted(beyond[start])))]
        while walk:
            node, rest = walk[-1]
            nearest = next(rest, None)
            if nearest is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == number[node]:
                    at = stack.index(node)
                    found.append(sorted(stack[at:]))
                    on_stack.difference_update(stack[at:])
                    del stack[at:]
            elif nearest not in number:
                number[nearest] = low[nearest] = len(number)
                stack.append(nearest)
                on_stack.add(nearest)
                walk.append((nearest, iter(sorted(beyond[nearest]))))
            elif nearest in on_stack:
                low[node] = min(low[node], number[nearest])
    return sorted(component for component in found if len(component) > 1)


def faults(tree):
    """The findings that fail the test: ["file:line: why"]."""
    found = [f"{arrow.path}:{arrow.line}: {os.path.dirname(arrow.source)} may not include {arrow.target}.h"
             for arrow in tree.crossings() if arrow.source.split("/")[0] in STAGES]
    settled = tuple(part + "/" for part in tree.settled)
    found += [f"{arrow.path}:{arrow.line}: {arrow.source} includes {arrow.target}, which stands higher"
              for arrow in tree.upward() if arrow.source.startswith(settled) and arrow not in tree.crossings()]
    found += [f"{folder}: has no entry in tests/lint/layers.toml" for folder in tree.homeless()]
    found += [f"tests/lint/layers.toml: nothing of ours is {entry}" for entry in tree.stale()]
    decisions = [path for path in tree.sources if any(path.startswith(folder + "/") for folder in tree.pure)]
    core = tree.core()
    found += [f"common/meson.build: libcore's {path} does not exist" for path in core if path not in tree.text]
    for path in [*decisions, *core]:
        found += [f"{path}:{line_at(tree.text[path], match.start())}: <{match.group(1)}> in what links libc and "
                  "threads only" for match in FOREIGN.finditer(tree.text.get(path, ""))]
    for path in decisions:
        found += [f"{path}:{line_at(tree.text[path], match.start())}: {match.group(1)}() in pure code: no clock, no "
                  "I/O, no waiting" for match in WAITS.finditer(tree.text[path])]
    if len(decisions) < 6 or len(core) < 6:
        found.append(f"found {len(decisions)} pure sources and {len(core)} of libcore: this check has lost its way")
    return found


def main():
    found = faults(Tree(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found) if found else "each folder reads what it may")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
