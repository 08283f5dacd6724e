#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Test of tests/lint/figures.py and layers.py: they find the fault in each of many small trees."""

import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from figures import (BETTER_IS_MORE, COMMENT_OR_TEXT, TOLD_AS, LostWay, ctags_program, held_apart,  # noqa: E402  (after the path above)
                     measure)
from layers import Tree, circles, faults  # noqa: E402

TABLE = """
[reads]
common = []
rules = ["common"]
alerting = ["common"]
cli = ["common", "rules/plan"]
"rules/core" = ["common"]
[settled]
parts = ["rules"]
[order]
common = ["common"]
rules = ["rules/eval", "rules/core rules/feed", "rules"]
alerting = ["alerting"]
cli = ["cli", "cli/verb_*"]
[pure]
folders = ["rules/eval"]
[headers]
"""


# Metrics that may change as well if a fault adds a file.
ADDED_TO = ("stemless", "homonyms", "stems_excepted", "max_files", "max_files_in")


def header(path, body="", includes=()):
    guard = re.sub(r"\W", "_", path).upper()
    return "".join([f"#ifndef {guard}\n#define {guard}\n", *(f'#include "{name}"\n' for name in includes), body,
                    "\n#endif\n"])


def source(body="", includes=()):
    return "".join([*(f'#include "{name}"\n' for name in includes), body, "\n"])


CLEAN = {
    "tests/lint/layers.toml": TABLE,
    "common/base/err.h": header("common/base/err.h", "int err_raise(int r);"),
    "common/base/err.c": source("int err_raise(int r) {\n        return r;\n}", ["common/base/err.h"]),
    "rules/eval/judge.h": header("rules/eval/judge.h", "enum judge { JUDGE_CALM, JUDGE_RAISE };\nint judge_one(int x);"),
    "rules/eval/judge.c": source("int judge_one(int x) { return x; }", ["rules/eval/judge.h", "common/base/err.h"]),
    "rules/feed/lane.h": header("rules/feed/lane.h", "int lane_open(void);", ["rules/eval/judge.h"]),
    "rules/feed/lane.c": source("int lane_open(void) { return 0; }", ["rules/feed/lane.h"]),
    "rules/main.c": source("int main(void) { return lane_open(); }", ["rules/feed/lane.h"]),
    "alerting/page.h": header("alerting/page.h", "int page_send(void);"),
    "alerting/page.c": source("int page_send(void) { return 0; }", ["alerting/page.h"]),
    "cli/verb_sos.c": source("static int verb(void) { return 1; }\nint main(void) { return verb(); }"),
}


OBJECTS = {}  # (path, text) -> the compiled object


def plant(folder, files):
    """Write and compile a tree. Return: (its root, its build folder)."""
    commands = []
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)
    build = os.path.join(folder, "build")
    os.makedirs(build)
    for path, text in files.items():
        if not path.endswith(".c"):
            continue
        output = path.replace("/", "_") + ".o"
        argv = ["cc", "-I..", "-w", "-c", "-o", output, "../" + path]
        if (path, text) not in OBJECTS:  # external names do not depend on headers here
            subprocess.run(argv, cwd=build, check=True)
            with open(os.path.join(build, output), "rb") as file:
                OBJECTS[(path, text)] = file.read()
        with open(os.path.join(build, output), "wb") as file:
            file.write(OBJECTS[(path, text)])
        commands.append({"directory": build, "command": " ".join(argv), "file": "../" + path, "output": output})
    with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(commands, file)
    return folder, build


def measured(changed):
    """The metrics of the clean tree with the files of @changed added or replaced."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(*plant(folder, {**CLEAN, **changed}))


def expect(what, changed, **want):
    """@changed must change the metrics of the clean tree to @want, and no others except those in ADDED_TO. Return: the
    findings."""
    clean = dict(CLEAN_FIGURES)
    figures, findings = measured(changed)
    got = {name: value for name, value in figures.items()
           if value != clean[name] and name not in ADDED_TO or name in want}
    if got != want:
        sys.exit(f"{what}: {got} instead of {want}\n" + "\n".join(map(str, findings)))
    for name in want:
        told_as = TOLD_AS.get(name, name)
        if name not in BETTER_IS_MORE and want[name] > clean[name] and not any(f[0] == told_as for f in findings):
            sys.exit(f"{what}: no finding says where {name} is")
    return findings


def replaced(path, old, new):
    if old not in CLEAN[path]:
        sys.exit(f"{path} has no {old!r}")
    return {path: CLEAN[path].replace(old, new)}


def says(findings, figure, path, line):
    if (figure, path, line) not in [finding[:3] for finding in findings]:
        sys.exit(f"{figure} is not told at {path}:{line}: {findings}")


if not ctags_program():
    print("skipped: universal-ctags or nm is not installed")
    sys.exit(77)

CLEAN_FIGURES, clean_findings = measured({})
zero = ("circles", "circle_files", "folder_circles", "upward", "misplaced", "headers_elsewhere", "clashes", "apart",
        "stemless", "homonyms", "stems_excepted")
if any(CLEAN_FIGURES[name] for name in zero) or CLEAN_FIGURES["longest_function"] != 3 or clean_findings[1:]:
    sys.exit(f"the clean tree is not: {CLEAN_FIGURES} {clean_findings}")

# Circles: of two headers; closed by a .c; two separate circles; of folders only.
says(expect("a circle through a .c", {
    "rules/feed/slot.h": header("rules/feed/slot.h", "", ["rules/feed/lane.h"]),
    **replaced("rules/feed/lane.c", '#include "rules/feed/lane.h"',
               '#include "rules/feed/lane.h"\n#include "rules/feed/slot.h"')}, circles=1, circle_files=2),
    "circles", "rules/feed/lane.c", 2)
expect("a circle of three by names beside", {
    "alerting/a.h": header("a", "", ["b.h"]), "alerting/b.h": header("b", "", ["alerting/c.h"]),
    "alerting/c.h": header("c", "", ["alerting/a.h"])}, circles=1, circle_files=3)
expect("a circle of folders, none of files", {
    "rules/core/x.h": header("x", "", ["rules/feed/y.h"]), "rules/feed/y.h": header("y"),
    "rules/feed/z.h": header("z", "", ["rules/core/w.h"]), "rules/core/w.h": header("w")}, folder_circles=1, upward=2)
if circles([(1, 2), (2, 1), (2, 3), (3, 4), (4, 3), (4, 5), (0, 1)]) != [[1, 2], [3, 4]]:
    sys.exit("two circles with an arrow between them are two")

# Upward: to a later entry, to an entry in the same string, not allowed by [reads]; not within an entry.
says(expect("against the order", {"rules/eval/window.c": source("", ["rules/core/arena.h"]),
                                    "rules/core/arena.h": header("arena")}, upward=1),
     "upward", "rules/eval/window.c", 1)
expect("beside each other", {"rules/core/a.h": header("a", "", ["rules/feed/lane.h"])}, upward=1)
expect("a door that is not there", {"cli/tap.h": header("tap", "", ["rules/feed/lane.h"])}, upward=1)
expect("a door that is", {"cli/check.h": header("check", "", ["rules/plan.h"]), "rules/plan.h": header("plan")})
expect("one file of a folder is above the rest", {"cli/text.h": header("text", "", ["cli/verb_x.h"]),
                                                  "cli/verb_x.h": header("verb_x")}, upward=1)

# Sizes.
found = expect("a folder with many files", {f"alerting/n{i}.yaml": "" for i in range(20)} | {"alerting/meson.build": ""},
               max_files=22)
says(found, "max_files", "alerting", 1)
says(expect("a long function", replaced("common/base/err.c", "        return r;", "        return r;\n" * 9),
            longest_function=12), "longest_function", "common/base/err.c", 2)
lines = sum(1 for path, text in CLEAN.items() if path.endswith((".c", ".h"))
            for line in COMMENT_OR_TEXT.sub(" ", text).splitlines() if line.strip())
expect("a require, and two in words", replaced("common/base/err.c", "        return r;",
       '        require(r); /* require() */ err_raise("require(x)"); #define require(x)'.replace("#", "\n#") + "\n"),
       requires_per_kloc=round(1000 / (lines + 1), 1), longest_function=5)

# Misplaced: declared in no header, or in another one; static functions do not count; exceptions in [headers] are
# counted.
says(expect("in no header", replaced("alerting/page.c", "int page", "int page_lost(void) { return 1; }\nint page"),
            misplaced=1), "misplaced", "alerting/page.c", 2)
elsewhere = {"alerting/act.h": header("act", "int page_act(void);"),
             **replaced("alerting/page.c", "int page", "int page_act(void) { return 1; }\nint page")}
expect("in another's header", elsewhere, misplaced=1)
expect("a static one", replaced("alerting/page.c", "int page", "static int spare(void) { return 1; }\nint page"))
expect("an exception", {
    "alerting/page_act.c": source("int page_act(void) { return 1; }"),
    "alerting/page.h": header("alerting/page.h", "int page_act(void);int page_send(void);"),
    "tests/lint/layers.toml": TABLE + '"alerting/page_act.c" = "alerting/page.h"\n'}, headers_elsewhere=1)

# Clashes, and whether headers compile together.
expect("two external functions", {"alerting/lane.h": header("alerting_lane", "int lane_open(void);"),
                                  "alerting/lane.c": source("int lane_open(void) { return 2; }")}, clashes=1)
expect("two external variables, in no header", {"alerting/x.c": source("int x_spare = 1;"),
                                                "rules/x.c": source("int x_spare = 1;")}, clashes=1)
expect("two enumerators", {"alerting/judge.h": header("alerting_judge", "enum { JUDGE_CALM = 3 };")}, clashes=1, apart=2)
expect("two structs", {"alerting/a.h": header("a", "struct same { int x; };"),
                       "alerting/b.h": header("b", "struct same { int x; };")}, clashes=1, apart=3)
expect("two structs, one of them hidden", {
    "alerting/a.h": header("a", "\nstruct same;\n"), "alerting/a.c": source("struct same { int x; };", ["alerting/a.h"]),
    "rules/b.h": header("b", "struct same { int x; };")}, clashes=1)
expect("a struct and an enum of one name", {"alerting/a.h": header("a", "struct same { int x; };"),
                                            "alerting/b.h": header("b", "enum same { A_B };")}, clashes=1, apart=3)
expect("a struct and a function of one name", {"alerting/a.h": header("a", "struct same { int x; };"),
                                               "alerting/b.h": header("b", "static inline int same(void) { return 1; }")})
expect("two macros, of one value", {"alerting/a.h": header("a", "#define SAME 1"),
                                    "alerting/b.h": header("b", "#define SAME 1")}, clashes=1)
expect("a macro that lists, used elsewhere", {
    "alerting/a.h": header("a", "#define A_ROWS(ROW) ROW(one) ROW(two)"),
    "alerting/b.h": header("b", "#define B_ROW(name) extern int name##_b;\nA_ROWS(B_ROW)\n", ["alerting/a.h"])})
expect("two guards", {"alerting/a.h": header("a"), "rules/a.h": header("a", "int a_lost(void);")}, clashes=1)
expect("members, and structs only named", {"alerting/a.h": header("a", "struct later; struct a { int same; };"),
                                           "alerting/b.h": header("b", "struct later; struct b { int same; };")})
expect("a header that needs another one before it", {"alerting/a.h": header("a", "struct a_b { enum judge one; };")},
       apart=3)  # alone, with those of its program, and all backwards
expect("a header that its source includes too late", {
    "rules/late.h": header("late", "struct late { enum judge one; };"),
    "rules/late.c": source("", ["rules/eval/judge.h", "rules/late.h"])}, apart=3)

# Names.
expect("a name without its stem", {"alerting/a.h": header("vigil_a", "enum { OTHER = 1, A_ONE, ALERTING_A_TWO, AS_THREE };")},
       stemless=1)
says(expect("a function without its stem", {"alerting/a.c": source("int b_one(void) { return 1; }")}, stemless=1, misplaced=1),
     "stemless", "alerting/a.c", 1)
expect("one thing and many", {
    "alerting/story.h": header("vigil_story", "struct stories { int x; }; enum { STORY_ONE, STORIES_MAX };"),
    "alerting/match.h": header("vigil_match", "struct matches { int x; }; struct match { int x; };"),
    "alerting/notices.h": header("vigil_notices", "struct notice { int x; }; struct notices { int x; };"),
    "alerting/class.h": header("vigil_class", "struct class { int x; }; struct classes { int x; };")}, stemless=0)
expect("a beginning is a whole word", {"alerting/story.h": header("vigil_story", "struct storyteller { int x; };")}, stemless=1)
expect("folders before it, some left out", {
    "rules/eval/x.h": header("vigil_x", "enum { RULES_X_ONE, RULES_EVAL_X_TWO, EVAL_X_THREE, EVAL_RULES_X_FOUR };")}, stemless=1)
expect("a macro that its header takes back", {
    "alerting/a.h": header("vigil_a", "#define ROW(n) n\n#undef ROW\n#define COLUMN(n) n\n")}, stemless=1)
expect("a static function, a member, a guard", {
    "alerting/a.h": header("VIGIL_A", "struct a { int other; }; static inline int other(void) { return 1; }")}, stemless=0)
expect("what another file's stem fits longer", {
    "rules/card.h": header("vigil_r_page", "enum { CARD_BOOK_MAX, CARD_MAX };"),
    "rules/card_book.h": header("vigil_r_page_book", "enum { CARD_BOOK_MIN };")}, stemless=1)
expect("... of another program", {
    "cli/card.h": header("vigil_c_page", "enum { CARD_BOOK_MAX };"),
    "rules/card_book.h": header("vigil_r_page_book", "enum { CARD_BOOK_MIN };")}, stemless=0)
expect("... which has no names", {
    "rules/card.h": header("vigil_r_page", "enum { CARD_BOOK_MAX };"), "rules/card_book.c": source()}, stemless=0)
expect("a type that another header only names", {
    "rules/card.h": header("vigil_r_page", "\nstruct card;\nint card_one(void);"),
    "rules/inside.h": header("vigil_inside", "struct card { int x; };")}, stemless=0)
expect("... and does not carry its stem", {
    "rules/card.h": header("vigil_r_page", "\nstruct bill;\n"), "rules/inside.h": header("vigil_inside", "struct bill { int x; };")},
    stemless=1)
ROOM = {"rules/feed/a.h": header("vigil_a", "enum { FEED_ONE };"), "rules/feed/b.h": header("vigil_b", "enum { FEEDS_TWO, LANE_ONE };")}
expect("the name of a room that is none", ROOM, stemless=3)
expect("the name of a room", {**ROOM, "tests/lint/layers.toml": TABLE + '[rooms]\n"rules/feed" = "feed"\n'}, stemless=1)
SECOND = {"alerting/page.h": header("vigil_page", "int page_send(void); enum { BILL_ONE };")}
expect("a second stem that is none", SECOND, stemless=1)
expect("a second stem", {**SECOND, "tests/lint/layers.toml": TABLE + '[stems]\n"alerting/page" = "bill"\n'}, stems_excepted=1)
TWO = {"alerting/x.h": header("vigil_alerting_x", "enum { X_ONE };"), "rules/x.h": header("vigil_rules_x", "enum { X_TWO };")}
says(expect("two files of one stem", TWO, homonyms=1), "homonyms", "rules/x.h", 3)
expect("one and many of one stem", {"alerting/x.h": TWO["alerting/x.h"],
                                    "rules/xs.h": header("vigil_rules_xs", "enum { XS_TWO };")}, homonyms=1)
expect("one of them by its folder", {**TWO, "rules/x.h": header("vigil_rules_x", "enum { RULES_X_TWO };")}, homonyms=0)
expect("two that mean the same", {**TWO, "tests/lint/layers.toml": TABLE + '[same]\nx = "why"\n'}, homonyms=0, stems_excepted=1)

# Faults that fail the lint whatever figures.json holds.
with tempfile.TemporaryDirectory() as planted:
    folder, _ = plant(planted, {
        **CLEAN, "rules/feed/x.h": header("x", "", ["alerting/page.h"]), "rules/new/y.h": header("y"),
        "rules/core/v.h": header("v", "", ["rules/eval/judge.h"]),
        "rules/feed/t.h": header("t", "", ["rules/s.h"]), "rules/s.h": header("s"),
        "rules/eval/clock.c": "#if 0\n#include <zmq.h>\n#endif\n#include <unistd.h>\n"
                              "unsigned clock_nap(void) { return sleep(1); }\n",
        "common/meson.build": "libcore = static_library('core', 'err.c', 'gone.c')\ndep_core = 1\n"})
    told = "\n".join(faults(Tree(folder)))
    for fault in ("rules/feed/x.h:3: rules/feed may not include alerting/page.h", "rules/new: has no entry",
                  "rules/eval/clock.c:2: <zmq.h>", "rules/eval/clock.c:5: sleep()", "common/gone.c does not exist", "rules/core/v.h:3: rules/core may not include rules/eval/judge.h",
                  "rules/feed/t.h:3: rules/feed/t includes rules/s, which stands higher", "nothing of ours is rules/plan",
                  "lost its way"):
        if fault not in told:
            sys.exit(f"layers.py does not say {fault!r}:\n{told}")

# What cannot be measured is reported, never counted as 0: an entry without a file, an object older than its source.
for entry in ('[rooms]\n"rules/feed" = "other"\n', '[rooms]\n"rules/gone" = "gone"\n', '[stems]\n"rules/gone" = "gone"\n'):
    try:
        measured({"tests/lint/layers.toml": TABLE + entry})
        sys.exit(f"{entry} was believed")
    except LostWay:
        pass
with tempfile.TemporaryDirectory() as planted:
    folder, build = plant(planted, CLEAN)
    os.utime(os.path.join(folder, "alerting/page.c"), (2e9, 2e9))
    try:
        measure(folder, build)
        sys.exit("an object older than its source was believed")
    except LostWay:
        pass

# held_apart(): what counts as worse and as better.
if held_apart({"upward": 3, "clashes": 1, "requires_per_kloc": 2.0, "circles": 0},
              {"upward": 2, "clashes": 2, "requires_per_kloc": 1.0, "circles": 0}) != (["upward"],
                                                                                      ["clashes", "requires_per_kloc"]):
    sys.exit("more is worse, less is better")
if held_apart({"requires_per_kloc": 0.9}, {"requires_per_kloc": 1.0, "gone": 0}) != (["requires_per_kloc", "gone"], []):
    sys.exit("of require() less is worse, and a figure that is gone too")
