#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every condition is complete; missing parts are reported (docs/changing.md, "A new condition").

The lists are RULE_CONDITIONS and RULE_FORMS in rules/eval/rule/condition.h and LANG_CONDITIONS in
rules/lang/when/rows.h. This lint finds missing parts of a row that compiler and linker cannot see.
tests/unit/rules/eval/conditions/rows.c checks the contents of the tables.

    conditions.py ROOT
"""

import glob
import os
import re
import sys

CONDITION_H = "rules/eval/rule/condition.h"
LIST_H = "rules/lang/when/rows.h"
MESON = "rules/meson.build"

faults = []


def fault(text):
    faults.append(text)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def rows(path, name):
    """The arguments of each ROW(…) in the list that the macro @name defines."""
    found = re.search(rf"#define {name}\(ROW\)((?:.*\\\n)*.*\n)", read(path))
    listed = re.findall(r"\bROW\(([^)]*)\)", found.group(1)) if found else []
    return [[argument.strip() for argument in row.split(",")] for row in listed]


def sources(*patterns):
    return {path: read(path) for pattern in patterns for path in sorted(glob.glob(pattern))}


def numbers_check(name, list_rows):
    numbers = [int(row[0]) for row in list_rows]
    if numbers != sorted(set(numbers)):
        fault(f"{CONDITION_H}: {name} is not in ascending order, each number once")


def rows_and_definitions_check(what, listed, defined, list_path):
    """@listed: stems of the rows; @defined: stem -> file."""
    for stem in listed:
        if stem not in defined:
            fault(f"{list_path}: a row for {stem}, and no file defines its {what}")
    for stem, path in sorted(defined.items()):
        if stem not in listed:
            fault(f"{path}: defines a {what}, {stem}, that has no row in {list_path}")


def defined_in(texts, pattern):
    return {stem: path for path, text in texts.items() for stem in re.findall(pattern, text, re.MULTILINE)}


def built_check(paths):
    meson = read(MESON)
    for path in paths:
        if f"'{path[len('rules/'):]}'" not in meson:
            fault(f"{MESON}: {path} is not built")


def condition_check(name, stem, path, text):
    if f"struct condition_{stem} {{" not in read(CONDITION_H):
        fault(f"{CONDITION_H}: no parameters, struct condition_{stem}")
    row = re.search(rf"const struct condition_ops {stem}_ops = \{{(.*?)\n\}};", text, re.DOTALL)
    for column in ("placeholders", "refuse", "kinds", "describe", "judge", "is_active"):
        if row and f".{column} =" not in row.group(1):
            fault(f"{path}: {stem}_ops does not say .{column}")
    test = f"tests/unit/rules/eval/conditions/{stem}.c"
    if not os.path.exists(test):
        fault(f"{test}: the condition has no test")
    elif f"'{stem}'" not in read("tests/unit/rules/meson.build"):
        fault(f"tests/unit/rules/meson.build: {test} is not built")
    if f"CONDITION_{name}" not in read("tests/fuzz/state_blob.c"):
        fault(f"tests/fuzz/state_blob.c: no rule of CONDITION_{name}, so nobody feeds its state foreign bytes")


def form_check(stem, path, text):
    row = re.search(rf"const struct form_ops {stem}_form = \{{(.*?)\}};", text, re.DOTALL).group(1)
    if ".bytes =" not in row and "EPISODE_FORM" not in row:
        return  # its state is kept beside the devices
    if ".is_sound =" not in row:
        fault(f"{path}: {stem}_form does not say .is_sound: any bytes of a checkpoint would be taken")
    if ".set_back =" not in row and "No set_back:" not in text:
        fault(f"{path}: {stem}_form does not say .set_back, nor a comment \"No set_back: why\"")


def word_check(word, text):
    """Check one word of `when:`. @text: the source of its reader."""
    row = re.search(rf"const struct lang_condition lang_{word} = \{{(.*?)\n\}};", text, re.DOTALL).group(1)
    about = re.search(r'\.about = (?:N_\()?"([^"]*)"', row)
    chinese = "".join(sources("po/zh*.po").values())
    if not about:
        fault(f"rules/lang/when: lang_{word} does not say what it is about")
    elif f'"{about.group(1)}"' not in chinese:
        fault(f"\"{about.group(1)}\", what {word}: is about, has no Chinese words")
    for page in ("docs/rules.md", "docs/rules.zh.md"):
        if not re.search(rf"\b{word}\b", read(page)):
            fault(f"{page}: says nothing of  when: {{ {word}: … }}")
    if f'"title": "{word}"' not in read("docs/rules.schema.json"):
        fault(f"docs/rules.schema.json: knows no {word}: (vigil check --schema prints it anew)")
    wrong = [path for path, rule in sources("tests/rules/*.yaml").items()
             if re.search(rf"^ *(when: *\{{ *)?{word}:", rule, re.MULTILINE) and not os.path.basename(path).startswith("fine-")]
    if not wrong:
        fault(f"tests/rules: no wrong file about {word}:, so nobody sees how it complains")


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
    conditions = rows(CONDITION_H, "RULE_CONDITIONS")
    forms = rows(CONDITION_H, "RULE_FORMS")
    words = [row[0] for row in rows(LIST_H, "LANG_CONDITIONS")]
    if len(conditions) < 11 or len(forms) < 17 or len(words) < 13:
        fault("found few rows: this check has lost its way")

    files = sources("rules/eval/conditions/*.c", "rules/eval/conditions/*/*.c", "rules/eval/core/*.c")
    readers = sources("rules/lang/when/*.c")
    ops_in = defined_in(files, r"^const struct condition_ops (\w+)_ops = ")
    form_in = defined_in(files, r"^const struct form_ops (\w+)_form = ")
    reader_in = defined_in(readers, r"^const struct lang_condition lang_(\w+) = ")

    numbers_check("RULE_CONDITIONS", conditions)
    numbers_check("RULE_FORMS", forms)
    rows_and_definitions_check("condition", [stem for _, _, stem in conditions], ops_in, CONDITION_H)
    rows_and_definitions_check("form", [stem for _, _, stem in forms], form_in, CONDITION_H)
    rows_and_definitions_check("reader", words, reader_in, LIST_H)
    built_check(sorted({*files, *readers}))
    for _, name, stem in conditions:
        if stem in ops_in:
            condition_check(name, stem, ops_in[stem], files[ops_in[stem]])
        if not any(f".type = CONDITION_{name}," in text for text in readers.values()):
            fault(f"rules/lang/when: no word reads CONDITION_{name}, so no rule can ask for it")
    for _, _, stem in forms:
        if stem in form_in:
            form_check(stem, form_in[stem], files[form_in[stem]])
    for word in words:
        if word in reader_in:
            word_check(word, readers[reader_in[word]])

    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
