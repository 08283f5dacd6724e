#!/bin/sh
# SPDX-License-Identifier: MIT
# Run one Promela model twice: it must hold, and it must fail when broken on purpose. Speaks TAP.
#       run.sh MODEL.pml
set -u
command -v spin >/dev/null || { echo "1..0 # SKIP spin is not installed" && exit 0; }
model=$(realpath "$1")
name=$(basename "$model" .pml)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# Every interleaving, to the end; an invalid end state (somebody waits for ever) is an error as well.
holds() {
        rm -f pan.* pan
        spin "$@" -a "$model" >spin.log 2>&1 || return 2
        cc -O2 -DSAFETY -o pan pan.c 2>>spin.log || return 2
        ./pan -m1000000 >pan.log 2>&1
        grep -q 'error: max search depth' pan.log && return 2
        grep -q 'errors: 0' pan.log
}

failed=0
say() {
        echo "$1 $2 - $3"
        [ "$1" = ok ] || { failed=1; sed 's/^/# /' spin.log pan.log 2>/dev/null; }
}

echo 1..2
holds && say ok 1 "$name holds" || say "not ok" 1 "$name holds"
holds -DBROKEN
[ $? = 1 ] && say ok 2 "$name fails when broken" || say "not ok" 2 "$name fails when broken"
exit $failed
