#!/bin/sh
# SPDX-License-Identifier: MIT
# Every path of this tree that a page or a comment names exists: in backquotes or as a link in pages, and docs/…,
# tests/…, configs/… in comments of the code.
set -eu
cd "${1:-.}"
# The clone may belong to another user than the one who runs this, for example root in a container.
git() { command git -c safe.directory='*' "$@"; }
git rev-parse HEAD >/dev/null 2>&1 || { echo "skipped: git is not installed, or this is no checkout" && exit 77; }
bad=0

# Check lines "file:line:path" from standard input. A glob needs one match; <placeholders> and … are not paths.
check() {
        while IFS=: read -r file line path; do
                case "$path" in
                *'<'* | *'…'* | *'...'*) continue ;;
                esac
                path=${path%%#*}
                # shellcheck disable=SC2086  # globs are meant
                set -- $path
                [ -e "$1" ] || { echo "$file:$line: $path does not exist" && bad=1; }
        done
        return $bad
}

folders='common|ingest|rules|alerting|cli|tests|bench|docs|configs|subprojects|\.ci'
pages=$(git ls-files '*.md' '*.scd')
code=$(git ls-files '*.[ch]' '*.py' '*.sh' '*.yaml' '*.pml' '*.ksy' run '*meson.build')

# shellcheck disable=SC2086
{
        grep -noE "\`($folders)/[^ \`:,()]*\`" $pages | tr -d '\`' || :
        grep -noE '\]\([^):# ]+' $pages | sed 's/\](//' | while IFS=: read -r file line path; do
                echo "$file:$line:$(dirname "$file")/$path"
        done
        grep -noE "(^|[^A-Za-z0-9_./<-])(docs|tests|configs)/[A-Za-z0-9_./*-]+" $code |
                sed -E 's/^([^:]*:[0-9]+:)[^dtc]?/\1/; s/[.]+$//' || :
} | check || { echo "paths named but absent" >&2; exit 1; }
