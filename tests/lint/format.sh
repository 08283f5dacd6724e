#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All C is as .clang-format says. Skipped by name where there is no clang-format 14, whose word counts.
set -euo pipefail
cd "$1"
for clang_format in clang-format-14 clang-format ''; do
        "${clang_format:-false}" --version 2>/dev/null | grep -q 'version 14\.' && break
done
if [ -z "$clang_format" ]; then
        echo "skipped: clang-format 14 is not installed"
        exit 77
fi
find common ingest rules alerting cli bench tests -name '*.[ch]' -print0 | xargs -0 "$clang_format" --dry-run -Werror
