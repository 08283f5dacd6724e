#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Texts for people are complete in every language (docs/adr/0016-languages.md):

- POTFILES and vigil.pot match the sources, and every catalogue is complete and passes msgfmt (po/messages.py);
- the C code has no Chinese except in data, listed below with the reasons;
- no Chinese text uses a word that docs/words.md lists under 不用.

    po.py ROOT
"""

import glob
import os
import re
import subprocess
import sys

HAN = re.compile(r"[\u4e00-\u9fff]")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)

# Sources whose data contains Chinese, with the reason.
DATA = {
    "ingest/base/alarm.c": "titles and advice of alerts, which have both languages on the wire",
    "rules/alert/texts.c": "placeholders in titles, which have both languages on the wire",
    "cli/registry/registry_cell.c": "words that CSV files may have",
    "cli/backtest/compare/truth.c": "words that CSV files may have",
    "cli/sim/actors/people.c": "what simulated people answer",
    "cli/sim/world/neighbourhood.c": "names and addresses of simulated people",
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def bare(text):
    """@text with comments replaced by spaces, so that line numbers stay the same."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def chinese_in_code():
    faults, seen = [], set()
    for part in ("common", "ingest", "rules", "alerting", "cli"):
        for path in sorted(glob.glob(f"{part}/**/*.[ch]", recursive=True)):
            for number, line in enumerate(bare(read(path)).split("\n"), 1):
                if not HAN.search(line):
                    continue
                seen.add(path)
                if path not in DATA:
                    faults.append(f"{path}:{number}: Chinese in the source: say it in English and translate it in "
                                  f"po/zh_CN.po: {line.strip()[:60]}")
    faults += [f"tests/lint/po.py: {path} has no Chinese: remove it from DATA" for path in DATA if path not in seen]
    return faults


def rejected():
    """[(rejected word, term to use)] from the column 不用 of the tables in docs/words.md."""
    found = []
    for line in read("docs/words.md").split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and HAN.search(cells[1]) and cells[3] and cells[3] != "不用":
            found += [(word.strip(), cells[1]) for word in cells[3].split(",")]
    return found


def texts():
    """Yield (path, line number, line) of all Chinese texts: translations and pages."""
    for path in ["po/zh_CN.po", *sorted(glob.glob("docs/*.zh.md")), "README.zh.md"]:
        for number, line in enumerate(read(path).split("\n"), 1):
            if path.endswith(".po") and not re.match(r'msgstr|"', line):
                continue
            yield path, number, line


def wrong_words():
    words = rejected()
    if len(words) < 5:
        return ["docs/words.md: the column 不用 lists few words: this check has lost its way"]
    return [f"{path}:{number}: not {word} but {right}: {line.strip()[:80]}"
            for path, number, line in texts() for word, right in words if word in line]


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
    faults = chinese_in_code() + wrong_words()
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    catalogues = subprocess.run([sys.executable, "po/messages.py", "--check", "."], check=False).returncode
    return 1 if faults or catalogues else 0


if __name__ == "__main__":
    sys.exit(main())
