#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A third language needs nothing but a catalogue. This test makes one in which every text is in [brackets], and checks
that help, the diagnostics for every wrong file of tests/rules, status and the screen of the pager use it.

    third_language.py ROOT BUILD
"""

import glob
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

PAGER_TIMEOUT_S = 20
OF_A_COMPLAINT = re.compile(r": (\S+?)\[[A-Z]\d\d\d\]: (.*)|^ +=+ (\S+): (.*)", re.MULTILINE)

faults = []


def expect(holds, text):
    if not holds:
        faults.append(text)


class Speaker:
    """Runs `vigil` in the new language."""

    def __init__(self, build, folder):
        self.vigil = os.path.join(build, "cli/vigil")
        self.env = dict(os.environ, VIGIL_LOCALE_DIR=folder, LANG="xx_XX.UTF-8", TERM="xterm")
        for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "VIGIL_CONFIG"):
            self.env.pop(name, None)

    def says(self, *words, **more):
        return subprocess.run([self.vigil, *words], env=dict(self.env, **more), capture_output=True, text=True,
                              check=False)

    def screen_says(self, words, wanted):
        """Run the command in a pseudo-terminal until @wanted is on the screen."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(self.vigil, [self.vigil, *words], self.env)
        seen, end = b"", time.monotonic() + PAGER_TIMEOUT_S
        while wanted not in seen and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        os.kill(pid, 15)
        os.waitpid(pid, 0)
        os.close(terminal)
        return seen


def catalogue_make(folder):
    target = os.path.join(folder, "xx/LC_MESSAGES")
    os.makedirs(target)
    po = os.path.join(folder, "xx.po")
    subprocess.run([sys.executable, "po/messages.py", "--bracket", "po/vigil.pot", po], check=True)
    subprocess.run(["msgfmt", "--check-format", "-o", os.path.join(target, "vigil.mo"), po], check=True)


def is_bracketed(text):
    return text.startswith("[") and text.rstrip().endswith("]")


def help_check(speaker):
    listed = speaker.says("help").stdout
    verbs = re.findall(r"^  ([a-z]+) +(.*)", listed, re.MULTILINE)
    expect(len(verbs) > 14, f"help lists few verbs: {listed}")
    for verb, summary in verbs:
        expect(verb == "vigil" or summary.startswith("["), f"help: {verb} is not translated: {summary}")
        if verb == "vigil":
            continue
        told = speaker.says("help", verb).stdout
        for heading in ("[Examples]", "[Usage]"):
            expect(f"\n{heading}\n" in told, f"help {verb} has no {heading}")
        options = told.split("[Options]\n")[-1].split("\n\n")[0] if "[Options]" in told else ""
        for option in re.split(r"\n  (?=[ -])(?! {20})", options):
            text = re.sub(r"^ *(-.,)? *--\S+( \S+)?\s+", "", option)
            expect(not option or is_bracketed(text), f"help {verb}: not translated: {option}")
    code = speaker.says("help", "R012").stdout
    expect(len(re.findall(r"\[.*\]", code)) == 2, f"help R012: {code}")
    slip = speaker.says("chekc").stderr
    expect(slip.startswith("vigil: ["), slip)


def complaints_check(speaker):
    seen = 0
    for command, paths in (("check", glob.glob("tests/rules/*.yaml")),
                           ("test", glob.glob("tests/unit/cli/data/rule_test_bad/*.test.yaml"))):
        for path in sorted(paths):
            done = speaker.says(command, path)
            for level, message, word, text in OF_A_COMPLAINT.findall(done.stdout + done.stderr):
                seen += 1
                said = message or text
                if message.startswith('rule "') or not said:
                    continue
                expect(is_bracketed(level or word) and is_bracketed(said), f"{command} {path}: not translated: {said}")
    expect(seen > 300, f"only {seen} complaints: this check has lost its way")
    registry = speaker.says("registry", "check", "tests/unit/cli/data/registry-bad").stderr
    for level, message, word, text in OF_A_COMPLAINT.findall(registry):
        expect(is_bracketed(level or word) and is_bracketed(message or text), f"registry check: {message or text}")


def servers_check(speaker, folder):
    """Without servers, status says that they are not reached, and the pager that it is not connected."""
    conf = os.path.join(folder, "vigil.yaml")
    keys = os.path.join(folder, "keys")
    with open("configs/vigil.yaml", encoding="utf-8") as file:
        text = re.sub(r"^  # keys: keys$", f"  keys: {keys}", file.read(), flags=re.MULTILINE)
    with open(conf, "w", encoding="utf-8") as file:  # ports on which no server listens
        file.write(re.sub(r"127\.0\.0\.1:\d*(\d)\b", r"127.0.0.1:\1", text))
    status = speaker.says("--config", conf, "status")
    expect(status.stdout.count("[NOT REACHED]") == 3 and "[Connection refused]" in status.stdout,
           f"status: {status.stdout}{status.stderr}")
    expect("[" in speaker.says("--config", conf, "keys", "server").stdout, "keys server")
    speaker.says("--config", conf, "keys", "new", "--role", "team", "--id", "T1")
    screen = speaker.screen_says(["--config", conf, "pager", "--as", "T1"], b"[Vigil T1")
    expect(b"[Vigil T1" in screen, f"the pager's first line: {screen!r}")
    lines = speaker.says("--config", conf, "pager", "--as", "T1", "--lang", "tlh")
    expect("en, xx" in lines.stderr, f"--lang names what there is: {lines.stderr}")
    english = speaker.says("help", LANG="")
    expect("[" not in english.stdout.split("\n")[0], "LANG unset is English")


def main():
    root, build = (os.path.abspath(path) for path in sys.argv[1:3])
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        catalogue_make(folder)
        speaker = Speaker(build, folder)
        help_check(speaker)
        complaints_check(speaker)
        servers_check(speaker, folder)
    print("\n".join(faults[:40]), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
