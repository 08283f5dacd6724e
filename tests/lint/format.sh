#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All C code is formatted by .clang-format with clang-format 14. Skipped if that version is not installed.
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
