#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Structure metrics of the tree, measured in the C sources with ctags and in the built objects with nm.

    ./run lint --figures           one line of JSON
    ./run lint --figures --why     a line for each finding, then the JSON
    ./run lint --figures --hold    write the metrics into tests/lint/figures.json; the test run fails if one of them
                                   gets worse

The tree is common, ingest, rules, alerting, cli and bench. A node is a .c and the .h of its name; an external name is
what nm finds in an object. The metrics:

    circles             sets of two or more nodes that include each other in a cycle (strongly connected)
    circle_files        the nodes in them
    folder_circles      the same between folders
    upward              includes against the order of tests/lint/layers.toml, one for each pair of nodes
    max_files           the most files directly in one folder, meson.build left out; max_files_in names it
    longest_function    lines of the longest function, from its name to its closing brace
    misplaced           external functions, except main, that the header named after their .c does not declare
    headers_elsewhere   sources whose functions another header may declare: [headers] of tests/lint/layers.toml
    clashes             names with two meanings: external names (except main) that two sources define, and functions,
                        variables, enumerators, macros and types that two headers define or declare (including a type
                        that a header names and its .c defines)
    apart               sets of headers that do not compile together: those of each program, all headers forwards and
                        backwards, and each header alone (if its .c includes it first, compiling the .c proves it).
                        With 0, any two headers can be included together
    requires_per_kloc   require() calls per 1000 lines of C, without bench, empty lines and comments
    stemless            external functions, and enumerators, macros and types of headers, whose name does not lead to
                        their file. A name leads to its file if it begins with
                        - the file's stem, singular or plural (story_load, stories_free), with or without folders of its
                          path in front: in rules/lang/reading/keys.c both keys_read and lang_keys_read;
                        - or the name of a room, for the folders in [rooms] of tests/lint/layers.toml: lang_load;
                        - or a second stem of the file, from [stems] of tests/lint/layers.toml: KIND_SOS;
                        and no other file of the same program matches a longer part of it: page_book_new belongs in
                        page_book.c, not in page.c. A struct that another header declares without defining it may have
                        the stem of that header. Macros that their header undefines do not count
    homonyms            stems that begin names of several files, without a folder in front, unless [same] of
                        tests/lint/layers.toml says that they have the same meaning
    stems_excepted      words in [stems] and [same]
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from layers import Tree, circles, line_at, node_of  # noqa: E402  (after the path above)

HELD = "tests/lint/figures.json"
NO_PRODUCT = ("bench",)
BETTER_IS_MORE = ("requires_per_kloc",)
TOLD_AS = {"circle_files": "circles", "max_files_in": "max_files"}  # no findings of its own: show these
HINTS_MAX = 60
ANY_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+[<"]([^>"]+)', re.MULTILINE)
NAMED = re.compile(r"^(struct|union) (\w+);", re.MULTILINE)
REQUIRE = re.compile(r"(?<!\bdefine )\brequire\(")
COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

External = collections.namedtuple("External", "name path is_function")


class LostWay(Exception):
    """The tree cannot be measured. The message says what to do."""


# -- output of the tools


def ctags_program():
    """Universal Ctags: Debian's name first, because `ctags` may be another program, without JSON output."""
    return shutil.which("ctags-universal") or shutil.which("ctags")


def ctags(tree):
    """Every definition and declaration: [{name, path, line, kind, end, scope}]."""
    argv = [ctags_program(), "--options=NONE", "--output-format=json", "--language-force=C", "--kinds-C=+px", "--fields=+neKf",
            "-f", "-", "-L", "-"]
    done = subprocess.run(argv, cwd=tree.root, input="\n".join(tree.sources), capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise LostWay(f"ctags: {done.stderr.strip()}")
    tags = [json.loads(line) for line in done.stdout.splitlines()]
    macros = {tag["name"] for tag in tags if tag["kind"] == "macro"}
    # ctags takes the use of a macro that lists rows for a function.
    return [tag for tag in tags if tag["_type"] == "tag" and not tag["name"].startswith("__anon")
            and not (tag["name"] in macros and tag["kind"] in ("prototype", "function"))]


class Built:
    """The objects of the build folder, from compile_commands.json."""

    def __init__(self, tree, folder):
        path = os.path.join(folder, "compile_commands.json")
        if not os.path.exists(path):
            raise LostWay(f"{path} is not there: meson setup {folder}")
        with open(path, encoding="utf-8") as commands:
            self.commands = json.load(commands)
        self.root, self.build, self.parts = tree.root, os.path.abspath(folder), tree.parts
        self.objects = {}  # object -> source
        self.argv = []
        for command in self.commands:
            source = os.path.normpath(os.path.join(command["directory"], command["file"]))
            source = os.path.relpath(source, tree.root)
            if source in tree.text:
                self.objects[os.path.join(command["directory"], command["output"])] = source
                self._flags_add(command)
        self._check(tree)

    def _flags_add(self, command):
        """Keep what is needed to compile all headers together: the compiler, every -I and -D."""
        words = shlex.split(command["command"])
        if not self.argv:
            self.argv = words[1:2] if os.path.basename(words[0]) == "ccache" else words[:1]
        for word in words:
            flag = next((flag for flag in ("-isystem", "-I") if word.startswith(flag)), None)
            if flag:
                folder = os.path.normpath(os.path.join(command["directory"], word[len(flag):]))
                if self._is_ours(folder):
                    continue
                word = flag + folder
            if (flag or word.startswith(("-D", "-std="))) and word not in self.argv:
                self.argv.append(word)

    def _is_ours(self, folder):
        """Is it an include folder inside the tree? Meson adds the folder of each target, where <yaml.h> would be
        Vigil's own; Vigil's headers are included by their path from the root."""
        part = os.path.relpath(folder, self.root).split("/")[0]
        return part in self.parts or os.path.relpath(folder, self.build).split("/")[0] in self.parts

    def _check(self, tree):
        unbuilt = sorted({path for path in tree.sources if path.endswith(".c")} - set(self.objects.values()))
        if unbuilt:
            raise LostWay(f"no target builds {', '.join(unbuilt)}")
        for path, source in self.objects.items():
            if not os.path.exists(path) or os.path.getmtime(path) < os.path.getmtime(os.path.join(tree.root, source)):
                raise LostWay(f"{source} is not built as it stands: ninja -C {self.build}")

    def externals(self):
        if not self.objects:
            raise LostWay("no object is built")
        done = subprocess.run(["nm", "-A", "-g", "--defined-only", *self.objects], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise LostWay(f"nm: {done.stderr.strip()}")
        found = set()
        for line in done.stdout.splitlines():
            path, _, rest = line.rpartition(":")
            _, kind, name = rest.split()
            if name != "main" and not name.startswith("_"):  # reserved names come from sanitizers
                found.add(External(name, self.objects[path], kind in "TW"))
        return sorted(found)


# -- one function for each metric: (the metric or metrics, findings)


def count_circles(tree):
    found = circles(tree.arrows)
    folders = circles((os.path.dirname(arrow.source), os.path.dirname(arrow.target)) for arrow in tree.arrows)
    findings = [finding for circle in found for finding in circle_findings("circles", circle, tree.arrows, lambda n: n)]
    for circle in folders:
        findings += circle_findings("folder_circles", circle, tree.arrows, os.path.dirname)
    return {"circles": len(found), "circle_files": sum(map(len, found)), "folder_circles": len(folders)}, findings


def circle_findings(figure, circle, arrows, name_of):
    inside = {}
    for arrow in arrows:
        ends = name_of(arrow.source), name_of(arrow.target)
        if ends[0] != ends[1] and set(ends) <= set(circle):
            inside.setdefault(ends, arrow)
    return [(figure, arrow.path, arrow.line, f"{source} -> {target}, of a circle of {len(circle)}")
            for (source, target), arrow in sorted(inside.items())]


def count_upward(tree):
    found = tree.upward()
    return {"upward": len(found)}, [("upward", arrow.path, arrow.line, f"{arrow.source} -> {arrow.target}")
                                    for arrow in found]


def count_files(tree):
    counts = {folder: len([name for name in names if name != "meson.build"]) for folder, names in tree.files.items()}
    largest = max(counts, key=counts.get)
    findings = [("max_files", folder, 1, f"{count} files") for folder, count in counts.items() if count > 20]
    return {"max_files": counts[largest], "max_files_in": largest}, findings


def count_longest(tags):
    lengths = {(tag["path"], tag["line"], tag["name"]): tag["end"] - tag["line"] + 1
               for tag in tags if tag["kind"] == "function" and "end" in tag}
    if not lengths:
        raise LostWay("ctags finds no function")
    longest = max(lengths.values())
    return {"longest_function": longest}, [("longest_function", path, line, f"{name}: {length} lines")
                                           for (path, line, name), length in lengths.items() if length == longest]


def count_misplaced(tree, tags, externals):
    declared = {(tag["path"], tag["name"]) for tag in tags if tag["kind"] == "prototype"}
    lines = lines_of(tags)
    elsewhere = tree.table.get("headers", {})
    unknown = sorted({path for pair in elsewhere.items() for path in pair} - set(tree.sources))
    if unknown:
        raise LostWay(f"tests/lint/layers.toml names {', '.join(unknown)}: not there")

    def header_of(path):
        return elsewhere.get(path, node_of(path) + ".h")

    found = [external for external in externals
             if external.is_function and (header_of(external.path), external.name) not in declared]
    findings = [("misplaced", external.path, lines.get((external.path, external.name), 1),
                 f"{external.name}: not in {header_of(external.path)}") for external in found]
    findings += [("headers_elsewhere", path, 1, f"{header} speaks for it") for path, header in elsewhere.items()]
    return {"misplaced": len(found), "headers_elsewhere": len(elsewhere)}, findings


def lines_of(tags):
    return {(tag["path"], tag["name"]): tag["line"] for tag in tags}


def hidden_types(tree, tags):
    """Tags of the types that a header only names and the .c of the same name defines."""
    defined = {(tag["path"], tag["kind"], tag["name"]) for tag in tags}
    return [{"path": path, "line": line_at(text, match.start()), "kind": match.group(1), "name": match.group(2)}
            for path, text in tree.text.items() if path.endswith(".h") for match in NAMED.finditer(text)
            if (node_of(path) + ".c", match.group(1), match.group(2)) in defined]


def count_clashes(tree, tags, externals):
    """@tags of headers and external names, in two name spaces as in C: tags of struct, union and enum, and all other
    names."""
    tags = tags + hidden_types(tree, tags)
    places = collections.defaultdict(dict)  # what a reader sees -> path -> line
    for tag in tags:
        if tag["path"].endswith(".h") and tag["kind"] != "member":
            is_tag = tag["kind"] in ("struct", "union", "enum")
            places[tag["kind"] + " " + tag["name"] if is_tag else tag["name"]].setdefault(tag["path"], tag["line"])
    tag_kinds = collections.defaultdict(dict)  # struct x and enum x cannot coexist
    for name in [name for name in places if " " in name]:
        for path, line in places.pop(name).items():
            tag_kinds[name.split()[1]].setdefault(path, (line, name))
    found = [(name, [(path, line, name) for path, line in sorted(where.items())])
             for name, where in places.items() if len(where) > 1]
    found += [(name, [(path, line, what) for path, (line, what) in sorted(where.items())])
              for name, where in tag_kinds.items() if len(where) > 1]
    lines = lines_of(tags)
    sources = collections.defaultdict(set)
    for external in externals:
        sources[external.name].add(external.path)
    seen = {name for name, _ in found}
    found += [(name, [(path, lines.get((path, name), 1), name) for path in sorted(paths)])
              for name, paths in sources.items() if len(paths) > 1 and name not in seen]
    findings = [("clashes", path, line, f"{what}, also in {', '.join(other for other, _, _ in places if other != path)}")
                for _, places in sorted(found) for path, line, what in places]
    return {"clashes": len(found)}, findings


def count_apart(tree, argv):
    """Compile sets of headers."""
    headers = [path for path in tree.sources if path.endswith(".h")]
    beyond = collections.defaultdict(set)
    for arrow in tree.arrows:
        beyond[arrow.path].add(arrow.target + ".h")

    def reached(part):
        """The headers of a part, and all headers that its sources include."""
        todo = [path for path in tree.sources if path.startswith(part + "/")]
        seen = set(todo)
        while todo:
            fresh = beyond[todo.pop()] - seen
            seen |= fresh
            todo += fresh
        return [path for path in headers if path in seen]

    sets = {part: reached(part) for part in tree.parts}
    sets["all"] = headers
    sets["all, backwards"] = headers[::-1]
    sets.update({path + " alone": [path] for path in headers if not is_first(tree, path)})
    argv = [*argv, "-I" + tree.root, "-Werror", "-fsyntax-only", "-fmax-errors=20", "-x", "c"]
    if "clang" in argv[0]:
        argv.remove("-fmax-errors=20")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = pool.map(lambda item: compile_together(item[0], item[1], argv, tree.root, folder), sets.items())
        findings = [finding for found in said for finding in found]
    return {"apart": len({finding[3].partition(":")[0] for finding in findings})}, findings


def is_first(tree, header):
    """Is it the first include of the .c of the same name? Then it needs no other header before it."""
    match = ANY_INCLUDE.search(tree.text.get(node_of(header) + ".c", ""))
    return bool(match) and match.group(1) == header


def compile_together(name, headers, argv, root, folder):
    path = os.path.join(folder, re.sub(r"\W+", "-", name) + ".c")
    with open(path, "w", encoding="utf-8") as source:
        source.write("".join(f'#include "{header}"\n' for header in headers) + "typedef int not_empty;\n")
    done = subprocess.run([*argv, path], cwd=root, capture_output=True, text=True, check=False,
                          env=dict(os.environ, LC_ALL="C"))
    if done.returncode == 0:
        return []
    found = re.findall(r"^([^\s:][^:\n]*):(\d+):\d+: (?:fatal )?error: (.*)$", done.stderr, re.MULTILINE)
    return [("apart", os.path.relpath(os.path.join(root, where), root), int(line), f"{name}: {what}")
            for where, line, what in found] or [("apart", "(compiler)", 1, f"{name}: {done.stderr[:200]}")]


def count_requires(tree):
    texts = {path: text for path, text in tree.text.items() if not path.startswith(NO_PRODUCT)}
    code = [COMMENT_OR_TEXT.sub(" ", text) for text in texts.values()]
    lines = sum(1 for text in code for line in text.splitlines() if line.strip())
    count = sum(len(REQUIRE.findall(text)) for text in code)
    return {"requires_per_kloc": round(1000 * count / max(lines, 1), 1)}, []


def count_stems(tree, tags, externals):
    """Count the names that do not lead to their file, and stems with several meanings."""
    names = sorted(names_of(tree, tags, externals))
    stems = Stems(tree, {node_of(path) for path, _, _ in names})
    found, bearers = [], collections.defaultdict(dict)
    for path, line, name in names:
        own = stems.own(path, name)
        other = stems.elsewhere(path, name, len(own))
        if stems.completes(path, name):
            continue
        if other or not own:
            found.append(("stemless", path, line, f"{name} leads to {other}" if other else name))
        elif own == stems.bare(path, name):
            bearers[singular(os.path.basename(node_of(path)))].setdefault(node_of(path), (path, line, name))
    two = {stem: places for stem, places in bearers.items() if len(places) > 1 and stem not in stems.same}
    found += [("homonyms", *place[:2], f"{stem}: {place[2]}, also in {', '.join(sorted(set(places) - {node}))}")
              for stem, places in sorted(two.items()) for node, place in sorted(places.items())]
    excepted = [f"{word} is of {node} too" for node, words in stems.second.items() for word in words]
    excepted += [f"{word} means the same wherever it is" for word in sorted(stems.same)]
    figures = {"stemless": sum(finding[0] == "stemless" for finding in found), "homonyms": len(two),
               "stems_excepted": len(excepted)}
    return figures, found + [("stems_excepted", "tests/lint/layers.toml", 1, what) for what in excepted]


def names_of(tree, tags, externals):
    """{(path, line, name)} of the names that other files can use, without macros that their header undefines."""
    lines = lines_of(tags)
    names = {(external.path, lines.get((external.path, external.name), 1), external.name)
             for external in externals if external.is_function}
    return names | {(tag["path"], tag["line"], tag["name"]) for tag in tags if tag["path"].endswith(".h")
                    and tag["kind"] in ("enumerator", "macro", "enum", "struct", "union", "typedef")
                    and not tag["name"].startswith("VIGIL_")
                    and not re.search(rf"^#undef {tag['name']}$", tree.text[tag["path"]], re.MULTILINE)}


def singular(word):
    for end, one in (("ies", "y"), ("ches", "ch"), ("ss", "ss"), ("s", "")):
        if word.endswith(end):
            return word[:len(word) - len(end)] + one
    return word


def beginning(name, word):
    """The beginning of @name that is @word, singular or plural, up to "_" or the end; "" if there is none."""
    one = singular(word)
    many = one + "e?s" + (f"|{one[:-1]}ies" if one.endswith("y") else "")
    match = re.match(rf"(?:{word}|{one}|{many})(?=_|$)", name)
    return match.group(0) if match else ""


class Stems:
    """Which beginning of a name leads to which file."""

    def __init__(self, tree, bearing):
        """@bearing: the nodes that define names."""
        self.rooms = tree.table.get("rooms", {})
        self.second = {node: words.split() for node, words in tree.table.get("stems", {}).items()}
        self.same = {singular(word) for word in tree.table.get("same", {})}
        nodes = {node_of(path) for path in tree.sources}
        self.by_stem = collections.defaultdict(list)  # the first part of a stem -> nodes
        for node in bearing:
            for word in [os.path.basename(node), *self.second.get(node, [])]:
                self.by_stem[singular(word.split("_")[0])].append(node)
        self.named = collections.defaultdict(set)  # type -> nodes of the headers that only name it
        for path, text in tree.text.items():
            if path.endswith(".h"):
                for match in NAMED.finditer(text):
                    self.named[match.group(2)].add(node_of(path))
        self._check(tree, nodes)

    def _check(self, tree, nodes):
        folders = {os.path.dirname(path) for path in tree.sources}
        lost = [room for room, name in self.rooms.items() if name not in map(singular, room.split("/"))
                and name not in room.split("/") or not any(f"{folder}/".startswith(room + "/") for folder in folders)]
        lost += [node for node in self.second if node not in nodes]
        if lost:
            raise LostWay(f"tests/lint/layers.toml names {', '.join(lost)}: not there, or no room of that name")

    def bare(self, path, name):
        return beginning(name.lower(), os.path.basename(node_of(path)))

    def of_file(self, node, name):
        """The beginning of @name that is the stem of @node, with or without some of its folders in front."""
        *folders, stem = node.split("/")
        best = max([beginning(name, word) for word in [stem, *self.second.get(node, [])]], key=len)
        for at, folder in enumerate(folders):
            if name.startswith(folder + "_"):
                rest = self.of_file("/".join([*folders[at + 1:], stem]), name[len(folder) + 1:])
                if rest:
                    best = max(best, folder + "_" + rest, key=len)
        return best

    def own(self, path, name):
        rooms = [beginning(name.lower(), word) for room, word in self.rooms.items() if path.startswith(room + "/")]
        return max([self.of_file(node_of(path), name.lower()), *rooms], key=len)

    def elsewhere(self, path, name, length):
        """Another file of the part to which a beginning of @name longer than @length leads, or None."""
        near = {node for word in name.lower().split("_") for node in self.by_stem[singular(word)]
                if node.split("/")[0] == path.split("/")[0] and node != node_of(path)}
        fits = {node: len(self.of_file(node, name.lower())) for node in near}
        return max((node for node in sorted(fits) if fits[node] > length), key=fits.get, default=None)

    def completes(self, path, name):
        """Is @name a type with the stem of another header that only names it?"""
        return path.endswith(".h") and any(self.of_file(node, name) for node in self.named[name] - {node_of(path)})


# -- the whole measurement


def measure(root, build):
    """Return: figures, [(figure, path, line, what)]."""
    tree = Tree(root)
    built = Built(tree, build)
    tags, externals = ctags(tree), built.externals()
    figures, findings = {}, []
    for counted in (count_circles(tree), count_upward(tree), count_files(tree), count_longest(tags),
                    count_misplaced(tree, tags, externals), count_clashes(tree, tags, externals), count_apart(tree, built.argv),
                    count_requires(tree), count_stems(tree, tags, externals)):
        figures.update(counted[0])
        findings += counted[1]
    return figures, findings


def held_apart(figures, held):
    """Return: (names of the metrics that got worse, names of those that got better)."""
    worse = [name for name, value in held.items() if name not in figures
             or (figures[name] < value if name in BETTER_IS_MORE else figures[name] > value)]
    return worse, [name for name, value in held.items() if name not in worse and figures[name] != value]


def print_findings(findings, limit=None):
    for figure, path, line, what in findings[:limit]:
        print(f"{path}:{line}: {figure}: {what}")
    if limit is not None and len(findings) > limit:
        print(f"... and {len(findings) - limit} more: ./run lint --figures --why")


def touched_since_held(root):
    """Files changed since figures.json was last committed; empty without git."""
    git = ["git", "-c", "safe.directory=*", "-C", root]
    try:
        commit = subprocess.run([*git, "log", "-1", "--format=%H", "--", HELD], capture_output=True, text=True,
                                check=True).stdout.strip()
        return set(subprocess.run([*git, "diff", "--name-only", commit or "HEAD"], capture_output=True, text=True,
                                  check=True).stdout.split())
    except (OSError, subprocess.CalledProcessError):
        return set()


def test(root, figures, findings):
    """Compare with figures.json and print what differs. Return: exit status."""
    with open(os.path.join(root, HELD), encoding="utf-8") as file:
        held = json.load(file)
    worse, better = held_apart(figures, held)
    touched = touched_since_held(root) if worse else set()
    for name in worse:
        told = [finding for finding in findings if finding[0] == TOLD_AS.get(name, name)]
        # With many old findings, the new one is most likely in a changed file.
        print_findings([finding for finding in told if finding[1] in touched] or told, HINTS_MAX)
        print(f"{name} is {figures.get(name)}, and {HELD} holds {held[name]}")
    for name in better:
        print(f"{name} is {figures[name]}, better than the {held[name]} of {HELD}: ./run lint --figures --hold")
    return 1 if worse else 0


def hold(root, figures):
    with open(os.path.join(root, HELD), "w", encoding="utf-8") as file:
        json.dump({name: value for name, value in figures.items() if name != "max_files_in"}, file, indent=4)
        file.write("\n")


def main():
    args = argparse.ArgumentParser(prog="./run lint --figures", description=__doc__.split("\n")[0])
    args.add_argument("root")
    args.add_argument("build")
    args.add_argument("--why", action="store_true", help="a line for each finding")
    args.add_argument("--hold", action="store_true", help=f"write {HELD}")
    args.add_argument("--test", action="store_true", help=f"against {HELD}: fail when a figure got worse")
    args = args.parse_args()
    if not ctags_program() or not shutil.which("nm"):
        print("skipped: universal-ctags or nm is not installed")
        return 77
    root = os.path.abspath(args.root)
    try:
        figures, findings = measure(root, args.build)
    except LostWay as why:
        print(why, file=sys.stderr)
        return 1
    if args.why:
        print_findings(findings)
    print(json.dumps(figures))
    if args.hold:
        hold(root, figures)
    return test(root, figures, findings) if args.test else 0


if __name__ == "__main__":
    sys.exit(main())
