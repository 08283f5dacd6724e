#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fetch.py FOLDER [--offline]: the source of yyjson into FOLDER/NAME-VERSION/, whose name is printed.

The archive is kept in ~/.cache/vigil/yyjson, so that the network is needed once. Its SHA-256 is that of archive.txt
each time, wherever it came from. pip reads the metadata of a source archive with a build backend: that is pinned and
hashed as well (backend.txt), so nothing runs here that was not named by its hash.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHIVE_PIN = os.path.join(HERE, "archive.txt")
BACKEND_PIN = os.path.join(HERE, "backend.txt")
# Member of the archive -> file here. The licence goes with what is built from the source.
MEMBERS = {"LICENSE": "LICENSE", "yyjson/yyjson.c": "yyjson.c", "yyjson/yyjson.h": "yyjson.h"}
PIN = re.compile(r"^(\S+)==(\S+) +--hash=sha256:([0-9a-f]{64})$", re.M)


class CannotFetch(Exception):
    pass


def read_pin(path):
    """(name and version as in the archive's name, SHA-256)"""
    with open(path, encoding="utf-8") as file:
        name, version, digest = PIN.search(file.read()).groups()
    return f"{name}-{version}", digest


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "vigil", "yyjson")


def is_good(path, digest):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == digest
    except OSError:
        return False


def pip(*words, path=None):
    env = dict(os.environ)
    if path:
        env["PYTHONPATH"] = os.pathsep.join(part for part in (path, env.get("PYTHONPATH")) if part)
    done = subprocess.run([sys.executable, "-m", "pip", *words], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        said = [line for line in done.stdout.splitlines() if line.strip() and not line.startswith("WARNING: Retrying")]
        raise CannotFetch("\n".join("    " + line for line in said[-8:]))


def download(folder):
    """With pip, into @folder; so whatever index, proxy or authority pip is set up for holds here, too."""
    backend = os.path.join(folder, "backend")
    pip("install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", backend,
        "--requirement", BACKEND_PIN)
    pip("download", "--quiet", "--no-deps", "--require-hashes", "--no-binary", ":all:", "--no-build-isolation",
        "--dest", folder, "--requirement", ARCHIVE_PIN, path=backend)


def fetch_archive(stem, digest, offline):
    """The path of the archive in the cache. Others may fetch at the same time: it appears there whole."""
    cache = cache_folder()
    archive = os.path.join(cache, stem + ".tar.gz")
    if is_good(archive, digest):
        return archive
    if offline:
        raise CannotFetch("    nothing may be downloaded here (wrap_mode=nodownload). A folder set up when that was\n"
                          "    the default:  meson setup --wipe FOLDER")
    os.makedirs(cache, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        download(folder)
        came = os.path.join(folder, stem + ".tar.gz")
        if not is_good(came, digest):
            raise CannotFetch("    pip brought another archive than the one pinned")
        os.replace(came, archive)
    return archive


def unpack(archive, stem, folder):
    """@folder appears whole or not at all: a set-up cut short leaves no half of a file to be taken for good."""
    new = folder + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    with tarfile.open(archive) as tar:
        for member, name in MEMBERS.items():
            with open(os.path.join(new, name), "wb") as file:
                file.write(tar.extractfile(f"{stem}/{member}").read())
    os.rename(new, folder)


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    args.add_argument("folder")
    args.add_argument("--offline", action="store_true", help="only what the cache holds")
    args = args.parse_args()

    stem, digest = read_pin(ARCHIVE_PIN)
    folder = os.path.join(args.folder, stem)
    if os.path.exists(folder):
        print(stem)  # Meson configures anew: what is built stays as it is
        return 0
    try:
        unpack(fetch_archive(stem, digest, args.offline), stem, folder)
    except (CannotFetch, OSError) as error:
        print(f"the source of yyjson cannot be had here:\n{error}\n"
              "One of these helps:\n"
              "    apt-get install libyyjson-dev     (Debian 13 and later; version 0.10 at least)\n"
              "    apt-get install python3-pip       and a network on which pip reaches its index\n"
              f"    {stem}.tar.gz from PyPI, brought by hand into {cache_folder()}", file=sys.stderr)
        return 1
    print(stem)
    return 0


if __name__ == "__main__":
    sys.exit(main())
