#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The message catalogues: texts for people, in English in the sources and translated in po/<language>.po.

    ./run po             collect the texts again: update vigil.pot, POTFILES and every catalogue, and report what is
                         left to translate
    messages.py --check ROOT    fail if any of that is not up to date (for the lint)
    messages.py --bracket POT PO   make a catalogue with every text in [brackets], for tests

The tables below tell xgettext which argument of which function is a text. N_() marks a text that is looked up later.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SEARCHED = ("common", "ingest", "rules", "alerting", "cli")

# Function -> the argument that is a text (TEXTS), or a printf format (FORMATS).
TEXTS = {
    "N_": 1,
    "heading": 3,
    "yaml_read_check_keys": 2,
    "COMPLAIN": 4,
    "LANG_ERROR": 4,
    "LANG_WARN": 4,
    "LANG_ERROR_AT_KEY": 4,
    "LANG_WARN_AT_KEY": 4,
    "PROFILE_ERROR": 3,
    "RULE_TEST_ERROR": 4,
    "complain": 4,
    "diag_add": 6,
    "fault": 3,
    "rule_test_fail": 4,
}
FORMATS = {
    "say": 2,
    "pick": 2,
    "wording_pick": 2,
    "diag_word": 2,
    "diag_hint": 2,
    "COMPLAIN": 5,
    "LANG_ERROR": 5,
    "LANG_WARN": 5,
    "LANG_ERROR_AT_KEY": 5,
    "LANG_WARN_AT_KEY": 5,
    "PROFILE_ERROR": 4,
    "RULE_TEST_ERROR": 5,
    "complain": 5,
    "diag_add": 7,
    "fault": 4,
    "rule_test_fail": 5,
    "cli_tell": 2,
    "cli_usage": 2,
    "err_raise_why": 2,
}
OTHERS = ["--keyword=NC_:1c,2", "--keyword=say_as:2c,3", "--keyword=say_count:2,3"]
# A call of one of these functions, or a mention of one in a comment.
ANY_CALL = re.compile(r"\b(?:%s)\(" % "|".join(sorted({*TEXTS, *FORMATS, "NC_", "say_as", "say_count"})))

HEADER = """# Messages of Vigil.
# SPDX-License-Identifier: MIT
#
msgid ""
msgstr ""
"Project-Id-Version: vigil\\n"
"Report-Msgid-Bugs-To: \\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def sources(root):
    """The sources with texts, without those in POTFILES.skip."""
    skipped = set(lines_of(os.path.join(root, "po/POTFILES.skip")))
    found = []
    for part in SEARCHED:
        for folder, _, names in sorted(os.walk(os.path.join(root, part))):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                if name.endswith(".c") and path not in skipped and ANY_CALL.search(read(os.path.join(root, path))):
                    found.append(path)
    return found


def run(argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0 or done.stderr.strip():
        raise SystemExit(f"{' '.join(argv[:3])} …: {done.stderr.strip()}")
    return done.stdout


def pot_made(root, files):
    """Make the text of vigil.pot, without dates. Texts and formats need separate runs of xgettext, because one call may
    have both as arguments."""
    with tempfile.TemporaryDirectory() as folder:
        pot = os.path.join(folder, "vigil.pot")
        common = ["xgettext", "--language=C", "--from-code=UTF-8", "--add-location=file", "--width=100", "-k", "-o", pot]
        run([*common, *OTHERS, *(f"--keyword={name}:{at}" for name, at in FORMATS.items()),
             *(f"--flag={name}:{at}:c-format" for name, at in FORMATS.items() if name not in ("say", "pick", "diag_word", "wording_pick")),
             *(f"--flag={name}:{at}:pass-c-format" for name, at in FORMATS.items() if name in ("say", "pick", "diag_word", "wording_pick")),
             "--flag=say_as:3:pass-c-format", "--flag=say_count:2:c-format", "--flag=say_count:3:c-format",
             *files], cwd=root)
        run([*common, "-j", *(f"--keyword={name}:{at}" for name, at in TEXTS.items()), *files], cwd=root)
        text = read(pot)
    return HEADER + text[text.index("\n\n"):]


def potfiles_made(files):
    return "# Sources with texts for people, for xgettext. Made by: ./run po\n" + "".join(f"{path}\n" for path in files)


def entries(text):
    """Parse a catalogue. Return: entries {msgctxt, msgid, msgid_plural, msgstr[n], flags, obsolete, line}."""
    found, entry, last = [], None, None
    for number, line in enumerate(text.split("\n"), 1):
        bare = line[3:] if line.startswith("#~ ") else line
        if entry is None:
            entry = {"flags": [], "obsolete": False, "line": number}
        if line.startswith("#~"):
            entry["obsolete"] = True
        if line.startswith("#,"):
            entry["flags"] += [flag.strip() for flag in line[2:].split(",")]
        match = re.match(r'(msg\w+(?:\[\d\])?) "(.*)"$', bare)
        if match:
            last = match.group(1)
            entry[last] = match.group(2)
            entry.setdefault("line_" + last, number)
        elif re.match(r'".*"$', bare) and last:
            entry[last] += bare[1:-1]
        elif not line.strip():
            if "msgid" in entry:
                found.append(entry)
            entry, last = None, None
    if entry and "msgid" in entry:
        found.append(entry)
    return found


def catalogue_faults(path, text):
    """Return: what is left to do in a catalogue, one line for each fault."""
    faults = []
    for entry in entries(text):
        forms = [value for key, value in entry.items() if key.startswith("msgstr")]
        shown = entry["msgid"][:70]
        if entry["obsolete"]:
            faults.append(f"{path}:{entry['line']}: obsolete, no source says it: \"{shown}\": remove the entry")
        elif "fuzzy" in entry["flags"]:
            faults.append(f"{path}:{entry['line']}: fuzzy, its English changed: \"{shown}\": read it again, remove the flag")
        elif not all(forms):
            faults.append(f"{path}:{entry['line']}: not translated: \"{shown}\"")
    return faults


def bracketed(text):
    """A complete catalogue of a new language, with each text in [brackets], so that its use is visible."""
    out = []
    for entry in entries(text):
        if not entry["msgid"]:
            continue
        if "msgctxt" in entry:
            out.append(f'msgctxt "{entry["msgctxt"]}"')
        out.append(f'msgid "{entry["msgid"]}"')
        if "msgid_plural" in entry:
            out += [f'msgid_plural "{entry["msgid_plural"]}"', f'msgstr[0] "{one_bracketed(entry["msgid"])}"',
                    f'msgstr[1] "{one_bracketed(entry["msgid_plural"])}"']
        else:
            out.append(f'msgstr "{one_bracketed(entry["msgid"])}"')
        out.append("")
    return ('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=n != 1;\\n"\n\n'
            + "\n".join(out))


def one_bracketed(english):
    """One text in brackets. Line breaks at both ends stay outside, because msgfmt compares them."""
    head = re.match(r"(?:\\n|\\r\\033\[K| )*", english).group()
    tail = re.search(r"(?:\\n| )*$", english[len(head):]).group()
    body = english[len(head):len(english) - len(tail)]
    return f"{head}[{body}]{tail}"


def languages(root):
    return lines_of(os.path.join(root, "po/LINGUAS"))


def update(root):
    files = sources(root)
    with open(os.path.join(root, "po/POTFILES"), "w", encoding="utf-8") as file:
        file.write(potfiles_made(files))
    pot = os.path.join(root, "po/vigil.pot")
    with open(pot, "w", encoding="utf-8") as file:
        file.write(pot_made(root, files))
    left = 0
    for language in languages(root):
        path = f"po/{language}.po"
        subprocess.run(["msgmerge", "--quiet", "--update", "--backup=none", "--no-wrap", "--add-location=file", path, pot],
                       cwd=root, check=True)
        faults = catalogue_faults(path, read(os.path.join(root, path)))
        print("\n".join(faults) or f"{path}: complete")
        left += len(faults)
    return 1 if left else 0


def check(root):
    files = sources(root)
    faults = [f"po/POTFILES.skip: there is no {path}" for path in lines_of(os.path.join(root, "po/POTFILES.skip"))
              if not os.path.exists(os.path.join(root, path))]
    if read(os.path.join(root, "po/POTFILES")) != potfiles_made(files):
        faults.append("po/POTFILES: not the sources that have texts: ./run po writes it anew")
    if read(os.path.join(root, "po/vigil.pot")) != pot_made(root, files):
        faults.append("po/vigil.pot: not what the sources say: ./run po collects it anew")
    for language in languages(root):
        path = f"po/{language}.po"
        with tempfile.NamedTemporaryFile() as out:
            done = subprocess.run(["msgfmt", "--check", "--check-format", "-o", out.name, path], cwd=root,
                                  capture_output=True, text=True, check=False)
        if done.returncode != 0 or done.stderr.strip():
            faults += done.stderr.strip().split("\n")
        faults += catalogue_faults(path, read(os.path.join(root, path)))
        with tempfile.TemporaryDirectory() as folder:
            merged = run(["msgmerge", "--quiet", "--no-fuzzy-matching", "-o", "-", path, "po/vigil.pot"], cwd=root)
            with open(os.path.join(folder, "merged.po"), "w", encoding="utf-8") as file:
                file.write(merged)
            faults += [f"{fault} (not in the catalogue yet: ./run po)" for fault in catalogue_faults(path, merged)
                       if fault not in faults]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


def main(argv):
    if argv[:1] == ["--bracket"]:
        with open(argv[2], "w", encoding="utf-8") as file:
            file.write(bracketed(read(argv[1])))
        return 0
    if argv[:1] == ["--check"]:
        return check(argv[1])
    return update(os.path.dirname(HERE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
