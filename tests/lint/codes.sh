#!/bin/sh
# SPDX-License-Identifier: MIT
# cli/help/diag_code.c explains every diagnostic code of the sources exactly once, and no other code.
set -eu
cd "$1"
table=cli/help/diag_code.c

used=$(grep -rhoE --include='*.c' --exclude=diag_code.c '"[RWCPLGT][0-9]{3}"' common ingest rules alerting cli | sort -u)
explained=$(grep -oE '^ +\{"[RWCPLGT][0-9]{3}"' "$table" | grep -oE '"[^"]+"' | sort)

bad=0
for code in $used; do
        echo "$explained" | grep -qx "$code" || { echo "$code is not explained in $table"; bad=1; }
done
for code in $explained; do
        echo "$used" | grep -qx "$code" || { echo "$code is explained in $table and used nowhere"; bad=1; }
done
for code in $(echo "$explained" | uniq -d); do
        echo "$code is explained twice in $table"
        bad=1
done
[ -n "$used" ] || { echo "no codes found in the sources: this check has lost its way"; bad=1; }
exit $bad
