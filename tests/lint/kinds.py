#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/wire/event-frame.md and docs/wire/event_frame.ksy list exactly the kinds of common/wire/event_kind.[ch]: code,
name, lane, unit and possible values.

    kinds.py ROOT"""

import os
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def kinds_of_the_code():
    codes = dict(re.findall(r"\b(KIND_\w+) = (\d+)", read("common/wire/event_kind.h")))
    rows = re.findall(r'\{(KIND_\w+), "(\w+)", \w+, LANE_(\w+), "([^"]*)", ([-\d.]+), ([-\d.]+),',
                      " ".join(read("common/wire/event_kind.c").split()))
    return {(codes[kind], name, lane.lower(), unit, "" if low == high else f"{low} to {high}")
            for kind, name, lane, unit, low, high in rows}


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
    code = kinds_of_the_code()
    page = set(re.findall(r"^\| (\d+) \| `(\w+)` \| \w+ \| (\w+) \| `([^`]*)` \| ([^|]*?) \|",
                          read("docs/wire/event-frame.md"), re.MULTILINE))
    ksy = set(re.findall(r"^    (\d+): (\w+)$", read("docs/wire/event_frame.ksy").split("\n  kind:\n", 1)[1], re.MULTILINE))
    wrong = [f"docs/wire/event-frame.md: {'lacks' if row in code else 'has, and the code has not,'} {' '.join(row)}"
             for row in sorted(code ^ page)]
    # Kind 240, listening, is not in the table of the code, so that no device can send it.
    wrong += [f"docs/wire/event_frame.ksy: {'lacks' if row not in ksy else 'has, and the code has not,'} {' '.join(row)}"
              for row in sorted(({row[:2] for row in code} | {("240", "listening")}) ^ ksy)]
    print("\n".join(wrong or [f"{len(code)} kinds"]))
    return 1 if wrong or len(code) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
