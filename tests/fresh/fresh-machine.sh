#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the two commands of the README on a fresh machine: a Debian just debootstrapped into a folder, with a clone of
# this tree, in a chroot. Not part of ./run test, because it needs root, the network and minutes.
#
#       sudo tests/fresh/fresh-machine.sh bookworm                  demo and test; writes docs/fresh-machine.md
#       sudo tests/fresh/fresh-machine.sh bookworm --walk           every command of the README (walk.py); writes
# docs/first-walk.md
#       sudo tests/fresh/fresh-machine.sh trixie './run build'      only this command; writes nothing
set -euo pipefail

suite=${1:?usage: fresh-machine.sh bookworm|trixie [COMMAND]...}
shift
tree=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
commit=$(git -C "$tree" rev-parse --short HEAD)
[ "$(id -u)" = 0 ] || { echo "fresh-machine.sh must be root: it mounts and changes root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "install it first:  apt-get install debootstrap" >&2; exit 1; }

mirror=${MIRROR:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -vE '^ *#' | grep -oE 'https?://[^ ]*/debian/?( |$)' | head -1 | tr -d ' ' || :)}
mirror=${mirror:-http://deb.debian.org/debian}
root=$(mktemp -d "${TMPDIR:-/var/tmp}/vigil-fresh-XXXXXX")
log=$root/fresh.log

# shellcheck disable=SC2317  # called by the trap
leave() {
        # A process that is still running in the chroot would keep a mount busy; there should be none.
        for part in dev/shm dev/pts dev proc; do
                mountpoint -q "$root/$part" && umount "$root/$part"
        done
        if mount | grep -q " $root/"; then
                echo "still mounted, not removed: $root" >&2
        else
                rm -rf --one-file-system "$root"
        fi
}
trap leave EXIT
trap 'exit 130' INT TERM

inside() {
        chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
                TERM="${TERM:-dumb}" CI="${CI:-}" http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
                /bin/bash -c "$1"
}

# Install the site's certificate authorities, if this machine has any, as such a site does on each of its machines.
trust_the_sites_authority() {
        ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1 || return 0
        mkdir -p "$root/usr/local/share/ca-certificates"
        cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
        inside 'apt-get update && apt-get install -y --no-install-recommends ca-certificates && update-ca-certificates' \
                >>"$log" 2>&1
}

begin=$SECONDS
debootstrap --variant=minbase "$suite" "$root" "$mirror" >/dev/null
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
{
        echo "deb $mirror $suite main"
        echo "deb $mirror $suite-updates main"
} >"$root/etc/apt/sources.list"
# The chroot must not start services: make packages skip it.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
trust_the_sites_authority
git clone -q --no-hardlinks "$tree" "$root/opt/vigil"
base_s=$((SECONDS - begin))
echo "base system of $suite ready after $base_s s in $root"

if [ "${1:-}" = --walk ]; then
        # walk.py needs Python; gcc, Meson and everything else that Vigil needs are not installed.
        inside 'apt-get update && apt-get install -y --no-install-recommends python3' >"$log" 2>&1
        code=0
        inside 'cd /opt/vigil && python3 tests/fresh/walk.py' >"$root/walk.md" 2>"$log" || code=$?
        cat "$log" >&2
        {
                echo "# First walk"
                echo
                echo "A transcript of every command of the README, typed by \`tests/fresh/walk.py\`. The manual build comes"
                echo "first, because the demo installs everything it needs."
                echo
                echo "$suite (Debian $(cat "$root/etc/debian_version")), freshly debootstrapped with only Python and a clone of"
                echo "commit $commit; $(nproc) cores; $(date -u +%Y-%m-%d)."
                cat "$root/walk.md"
        } >"$tree/docs/first-walk.md"
        exit $code
fi
if [ $# -gt 0 ]; then
        for command in "$@"; do
                inside "cd /opt/vigil && $command"
        done
        exit 0
fi

page=$tree/docs/fresh-machine.md
report=$root/report.md
status=0
{
        echo "## $suite (Debian $(cat "$root/etc/debian_version")), $(date -u +%Y-%m-%d), commit $commit"
        echo
        echo "$(nproc) cores, $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo), base system in $base_s s."
        echo
        echo "| command | seconds | exit | last line |"
        echo "|---|--:|--:|---|"
} >"$report"
for command in './run demo --for 30s' './run demo --for 30s' './run test'; do
        begin=$SECONDS
        code=0
        inside "cd /opt/vigil && $command" >"$log" 2>&1 || code=$?
        echo "$command: exit $code after $((SECONDS - begin)) s"
        [ $code = 0 ] || { status=1; tail -100 "$log"; }
        echo "| \`$command\` | $((SECONDS - begin)) | $code | \`$(tail -1 "$log")\` |" >>"$report"
done

# Replace the part of this suite; the other parts stay unchanged.
python3 - "$page" "$suite" "$report" <<'EOF'
import re
import sys

page, suite, report = sys.argv[1:]
try:
    text = open(page, encoding="utf-8").read()
except OSError:
    text = ("# On a fresh machine\n\nWritten by `tests/fresh/fresh-machine.sh`: a freshly debootstrapped Debian, "
            "a clone, the commands of the README.\nThe first run of the demo installs packages, downloads Kafka (and, "
            "on Debian 12, yyjson) and builds; the second shows the usual start time.\n"
            "Each table belongs to the commit in its heading.\n")
parts = re.split(r"(?m)^(?=## )", text)
parts = [part for part in parts if not part.startswith(f"## {suite} ")]
open(page, "w", encoding="utf-8").write("\n".join(part.rstrip() + "\n" for part in
                                                [*parts, open(report, encoding="utf-8").read()]))
EOF
exit $status
