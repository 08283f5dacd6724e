#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/rules.schema.json is what `vigil check --schema` prints. It accepts every file that check accepts, and refuses
every error of tests/rules that concerns a single place."""

import glob
import json
import os
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)

# The codes that a schema can check: keys, words, forms and limits of one value. The other codes depend on two places,
# on the encoding or on other files.
SEEN = {"R010", "R011", "R012", "R013", "R014", "R017", "R018", "R020", "R022", "R024", "R025", "R028", "R035", "R041", "R050"}
# Files with one of those codes whose error nevertheless depends on two places.
UNSEEN = {
    "override-unknown-key": "hold may be set, but of a rule about an event",
    "set-another-measure": "rises_by may be set, but of a rule that looks at it",
    "set-in-a-sequence": "within may be set, but not of a sequence",
    "rises-and-above": "two measures of one vital",
    "seen-within-and-longer-than": "two limits of one rule",
    "quiet-both-limits": "two limits of one rule",
    "offline-both-limits": "two limits of one rule",
    "severity-when-both-sides": "above or below",
    "score-severity-when-above": "above may be there, but of a vital",
    "zone-radius-too-small": "a range within a text",
}


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: 22:00, no and 2027-02-01 are texts."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?[0-9]+$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])


def read(path):
    """The file as a tree, or None if it is not YAML."""
    try:
        with open(path, encoding="utf-8") as text:
            return yaml.load(text, Loader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None


def codes_of(path):
    with open(path[:-len(".yaml")] + ".txt", encoding="utf-8") as text:
        return set(re.findall(r"error\[(R\d+)\]", text.read()))


def keys_of(node):
    """All keys in a part of the schema."""
    if isinstance(node, list):
        return set().union(*map(keys_of, node))
    if not isinstance(node, dict):
        return set()
    return set(node.get("properties", ())).union(*(keys_of(value) for value in node.values()))


def untold(page, keys):
    """Those of @keys that do not occur in @page."""
    with open(page, encoding="utf-8") as text:
        words = set(re.findall(r"[a-z_0-9]+", text.read()))
    return sorted(keys - words)


def expected(path):
    """True: the schema must accept the file; False: it must refuse it; None: either."""
    name, codes = os.path.basename(path)[:-len(".yaml")], codes_of(path)
    if not codes:
        return True
    if name in UNSEEN or not codes & SEEN:
        return None
    return False


def main():
    root, vigil = sys.argv[1], os.path.abspath(sys.argv[2])
    os.chdir(root)
    wrong = []
    with open("docs/rules.schema.json", encoding="utf-8") as text:
        kept = text.read()
    if subprocess.run([vigil, "check", "--schema"], capture_output=True, text=True, check=True).stdout != kept:
        wrong.append("docs/rules.schema.json is not what vigil check --schema prints")
    schema = json.loads(kept)
    jsonschema.Draft7Validator.check_schema(schema)
    for page in ("docs/rules.md", "docs/rules.zh.md"):
        missing = untold(page, keys_of(schema))
        if missing:
            wrong.append(f"{page} does not tell of: {', '.join(missing)}")
    validator = jsonschema.Draft7Validator(schema)

    good = [path for path in glob.glob(os.path.join("configs/rules", "**", "*.yaml"), recursive=True) if not path.endswith(".test.yaml")]
    cases = [(path, True) for path in good] + [(path, expected(path)) for path in sorted(glob.glob("tests/rules/*.yaml"))]
    seen = {True: 0, False: 0}
    for path, takes in cases:
        tree = read(path)
        if takes is None or tree is None:
            continue
        seen[takes] += 1
        fault = next(validator.iter_errors(tree), None)
        if takes != (fault is None):
            wrong.append(f"{path}: {'is refused: ' + fault.message[:200] if fault else 'is taken'}")
    if len(good) < 4 or seen[True] < 8 or seen[False] < 60:
        wrong.append(f"only {seen} files were looked at: this test has lost its way")
    print("\n".join(wrong) or f"{seen[True]} files taken, {seen[False]} refused")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
