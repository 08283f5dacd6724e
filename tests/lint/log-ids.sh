#!/bin/sh
# SPDX-License-Identifier: MIT
# Every id that a program logs has a row in docs/runbook.md, and no row is about an id nobody logs.
set -eu
cd "${1:-.}"
bad=0

used=$(grep -rhoE --include='*.c' '"V[0-9]{4}"' common ingest rules alerting cli | tr -d '"' | sort -u)
told=$(grep -E '^\| V' docs/runbook.md | cut -d'|' -f2 | grep -oE 'V[0-9]{4}' | sort)

for id in $used; do
        echo "$told" | grep -qx "$id" || { echo "$id has no row in docs/runbook.md" && bad=1; }
done
for id in $told; do
        echo "$used" | grep -qx "$id" || { echo "$id has a row in docs/runbook.md and is never logged" && bad=1; }
done
[ -n "$used" ] || { echo "no ids found in the sources: this check has lost its way" && bad=1; }
exit $bad
