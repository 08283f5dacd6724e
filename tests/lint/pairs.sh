#!/bin/sh
# SPDX-License-Identifier: MIT
# Orders between threads come in labelled pairs. A header's table says
#       *      R1 ring_commit   slot filled   ->  A1 ring_peek   slot read
# and the code repeats both labels where the release and the acquire are. This fails when a label of a
# table is not in the code beside it, when the code has an order without a label, and on what TSan
# cannot follow: free-standing fences, and volatile between threads.
#       pairs.sh ROOT
set -u
cd "${1:-.}" || exit 1
# A clone may belong to somebody else than who runs this: root in a container, for example.
git() { command git -c safe.directory='*' "$@"; }
git rev-parse HEAD >/dev/null 2>&1 || { echo "skipped: git is not installed, or this is no checkout" && exit 77; }
bad=0
tables=0

complain() {
        echo "$1" >&2
        bad=1
}

# The .c files that a header's pairs may be in: its own, and those of its folder that include it.
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

# An order that is not the default names its label in the comment above it.
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
