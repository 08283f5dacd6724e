#!/bin/sh
# SPDX-License-Identifier: MIT
# The path of an event can be followed by folder: the main header of each folder on it opens with "Step n of 12", each
# step occurs exactly once, and docs/event-path.md has a row for each.
set -eu
cd "${1:-.}"
bad=0
number=0

for folder in ingest/mqtt ingest/decode ingest/kafka rules/consumer rules/eval rules/state rules/emit \
        alerting/intake alerting/response alerting/route alerting/journal alerting/channel; do
        number=$((number + 1))
        found=$(grep -lE "Step $number of 12" -r ingest rules alerting --include='*.h' || :)
        case "$found" in
        "$folder"/*.h) ;;
        "") echo "$folder: no header opens with \"Step $number of 12\"" && bad=1 ;;
        *) echo "\"Step $number of 12\" is in: $(echo "$found" | tr '\n' ' '), and belongs to $folder alone" && bad=1 ;;
        esac
        grep -qE "^\| $number \| \`$folder" docs/event-path.md ||
                { echo "docs/event-path.md: no row for step $number, $folder" && bad=1; }
done
exit $bad
