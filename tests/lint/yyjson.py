#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""subprojects/yyjson/fetch.py accepts only the pinned archive, calls pip once, and says what to do if the archive is
not available. The tree has no copied source of others. A stand-in for pip copies a file, so no network is needed.

    yyjson.py ROOT"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
FETCH = os.path.join(ROOT, "subprojects", "yyjson", "fetch.py")
SOURCE = b"int answer(void) { return 42; }\n"
# The stand-in for pip: copies the file that BRINGS names, or fails as pip does. Appends each call to the file CALLS.
STAND_IN = """\
import os, shutil, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
brings = os.environ.get("BRINGS")
if not brings:
    sys.exit("ERROR: no matching distribution found")
if sys.argv[1] == "download":
    shutil.copy(brings, os.path.join(sys.argv[sys.argv.index("--dest") + 1], "yyjson-9.9.tar.gz"))
"""


def make_archive(path, source):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("LICENSE", b"MIT\n"), ("yyjson/yyjson.c", source), ("yyjson/yyjson.h", b"\n"),
                              ("../escape", b"not asked for\n")):
            member = tarfile.TarInfo(f"yyjson-9.9/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


class Try:
    def __init__(self, folder):
        self.folder = folder
        self.good, self.other = self.path("good.tar.gz"), self.path("other.tar.gz")
        make_archive(self.good, SOURCE)
        make_archive(self.other, b"#error not the one pinned\n")
        shutil.copy(FETCH, self.path("fetch.py"))
        with open(self.good, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        for name in ("archive.txt", "backend.txt"):
            with open(self.path(name), "w", encoding="utf-8") as pin:
                pin.write(f"# why\nyyjson==9.9 --hash=sha256:{digest}\n")
        os.makedirs(self.path("pip"))
        for name, text in (("__init__", ""), ("__main__", STAND_IN)):
            with open(self.path(f"pip/{name}.py"), "w", encoding="utf-8") as stand_in:
                stand_in.write(text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def fetch(self, build, *options, brings=None):
        env = dict(os.environ, PYTHONPATH=self.folder, XDG_CACHE_HOME=self.path("cache"), CALLS=self.path("calls"),
                   PYTHONDONTWRITEBYTECODE="1")
        env.update({"BRINGS": brings} if brings else {})
        return subprocess.run([sys.executable, self.path("fetch.py"), self.path(build), *options], env=env,
                              capture_output=True, text=True, check=False)

    def calls(self):
        try:
            with open(self.path("calls"), encoding="utf-8") as calls:
                return len(calls.readlines())
        except OSError:
            return 0

    def cached(self):
        return self.path("cache/vigil/yyjson/yyjson-9.9.tar.gz")

    def unpacked(self, build):
        with open(self.path(f"{build}/yyjson-9.9/yyjson.c"), "rb") as file:
            return file.read()


def want(holds, sentence, done):
    if not holds:
        sys.exit(f"{sentence}: does not hold\nexit status {done.returncode}\n{done.stdout}{done.stderr}")


def try_refusals(here):
    done = here.fetch("b1")
    want(done.returncode == 1 and "no matching distribution" in done.stderr and "libyyjson-dev" in done.stderr
         and "python3-pip" in done.stderr and here.path("cache/vigil/yyjson") in done.stderr,
         "without a network it says pip's reason and what helps", done)
    done = here.fetch("b1", brings=here.other)
    want(done.returncode == 1 and "another archive" in done.stderr and not os.path.exists(here.path("b1/yyjson-9.9"))
         and not os.path.exists(here.cached()), "an archive with another hash is neither unpacked nor kept", done)
    calls = here.calls()
    done = here.fetch("b1", "--offline", brings=here.good)
    want(done.returncode == 1 and "wrap_mode=nodownload" in done.stderr and here.calls() == calls,
         "--offline does not call pip", done)


def try_fetches(here):
    done = here.fetch("b1", brings=here.good)
    want(done.returncode == 0 and done.stdout == "yyjson-9.9\n" and here.unpacked("b1") == SOURCE,
         "the pinned archive is unpacked and its folder named", done)
    want(sorted(os.listdir(here.path("b1/yyjson-9.9"))) == ["LICENSE", "yyjson.c", "yyjson.h"]
         and os.listdir(os.path.dirname(here.cached())) == ["yyjson-9.9.tar.gz"],
         "only what is built and its licence is unpacked, only the archive kept", done)
    calls = here.calls()
    done = here.fetch("b2", "--offline")
    want(done.returncode == 0 and here.calls() == calls and here.unpacked("b2") == SOURCE,
         "the second build folder needs no network", done)
    shutil.copy(here.other, here.cached())
    done = here.fetch("b1")
    want(done.returncode == 0, "a folder set up stays so, whatever becomes of the cache", done)
    done = here.fetch("b3", brings=here.good)
    want(done.returncode == 0 and here.unpacked("b3") == SOURCE, "a cache that was changed is not believed", done)


def check_tree():
    """Fails if the source of a library was copied into the tree."""
    for folder, _, names in os.walk(os.path.join(ROOT, "subprojects")):
        for name in names:
            if re.search(r"\.(c|h|cc|cpp|hpp|S|tar\.\w+|zip)$", name):
                sys.exit(f"{os.path.join(folder, name)}: source of others is fetched, never copied in (ADR 0004)")


with tempfile.TemporaryDirectory() as temporary:
    tried = Try(temporary)
    try_refusals(tried)
    try_fetches(tried)
check_tree()
