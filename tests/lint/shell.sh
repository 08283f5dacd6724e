#!/bin/sh
# SPDX-License-Identifier: MIT
# The shell files are clean for shellcheck, and the Python files compile.
set -eu
cd "${1:-.}"
command -v shellcheck >/dev/null || { echo "shellcheck is not installed" && exit 77; }
shellcheck -x --severity=warning run .ci/run tests/stack/setup.sh tests/fresh/*.sh tests/lint/*.sh
PYTHONDONTWRITEBYTECODE=1 python3 - tests/*.py tests/*/*.py bench/*.py subprojects/*/*.py <<'EOF'
import sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as source:
        compile(source.read(), path, "exec")
EOF
