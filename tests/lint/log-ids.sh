#!/bin/sh
# SPDX-License-Identifier: MIT
# Every log id of the sources has a row in docs/runbook.md and in docs/runbook.zh.md, and every row has an id that a
# program logs.
set -eu
cd "${1:-.}"
bad=0

used=$(grep -rhoE --include='*.c' '"V[0-9]{4}"' common ingest rules alerting cli | tr -d '"' | sort -u)

for page in docs/runbook.md docs/runbook.zh.md; do
        told=$(grep -E '^\| V' "$page" | cut -d'|' -f2 | grep -oE 'V[0-9]{4}' | sort)
        for id in $used; do
                echo "$told" | grep -qx "$id" || { echo "$id has no row in $page" && bad=1; }
        done
        for id in $told; do
                echo "$used" | grep -qx "$id" || { echo "$id has a row in $page and is never logged" && bad=1; }
        done
done
[ -n "$used" ] || { echo "no ids found in the sources: this check has lost its way" && bad=1; }
exit $bad
