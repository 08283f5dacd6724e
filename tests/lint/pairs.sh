#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory orders between threads are labelled in pairs. A header has a table
#       *      R1 ring_commit   slot filled   ->  A1 ring_peek   slot read
# and the code repeats both labels at the release and at the acquire. This lint fails if a label of a table is not in
# the code beside the header, if an order in the code has no label, and for what TSan cannot follow: free-standing
# fences, and volatile between threads.
#       pairs.sh ROOT
set -u
cd "${1:-.}" || exit 1
# The clone may belong to another user than the one who runs this, for example root in a container.
git() { command git -c safe.directory='*' "$@"; }
git rev-parse HEAD >/dev/null 2>&1 || { echo "skipped: git is not installed, or this is no checkout" && exit 77; }
bad=0
tables=0

complain() {
        echo "$1" >&2
        bad=1
}

# The .c files in which the pairs of a header may be: its own, and those in its folder that include it.
partners() {
        own="${1%.h}.c"
        [ -e "$own" ] && echo "$own"
        grep -lE "#include \"$1\"" "$(dirname "$1")"/*.c 2>/dev/null | grep -vxF "$own"
}

for header in $(git ls-files '*.h'); do
        pairs=$(grep -oE '^ \* +[A-Z][0-9]+ .*-> +[A-Z][0-9]+ ' "$header") || continue
        tables=$((tables + 1))
        code=$(partners "$header")
        for label in $(echo "$pairs" | grep -oE '(^| )[A-Z][0-9]+ ' | tr -d ' '); do
                # shellcheck disable=SC2086  # a list of paths
                grep -qE "\b$label\b" $code /dev/null ||
                        complain "$header: the pair table names $label, no code beside it does"
        done
done

# An acquire or release in the code has its label in a comment near it, at most nine lines above.
for source in $(git ls-files '*.c' '*.h'); do
        awk -v file="$source" '
                /memory_order_(acquire|release|acq_rel|consume)/ {
                        near = ""
                        for (i = NR - 1; i >= NR - 9 && i in line; i--) near = near "\n" line[i]
                        if (near "\n" $0 !~ /[A-Z][0-9]+ *(<-|->)/) {
                                print file ":" NR ": an order without a label"
                                found = 1
                        }
                }
                { line[NR] = $0; delete line[NR - 10] }
                END { exit found }
        ' "$source" || bad=1
done

# shellcheck disable=SC2046  # no name of ours has a space
grep -nE 'atomic_(thread|signal)_fence|__sync_synchronize' $(git ls-files '*.[ch]') &&
        complain "order on the variable: TSan cannot follow a free-standing fence"
# shellcheck disable=SC2046  # no name of ours has a space
grep -nE '\bvolatile\b' $(git ls-files '*.[ch]' | grep -v '^subprojects/') | grep -vE 'sig_atomic_t|^[^:]*:[0-9]+: *(/?\*|//)' &&
        complain "volatile orders nothing between threads"

[ "$tables" -ge 3 ] || complain "found $tables pair tables: this check has lost its way"
exit $bad
