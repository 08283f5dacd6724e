#!/bin/sh
# SPDX-License-Identifier: MIT
# A stage reads common/ and itself; stages meet on the wire, never in a header. common/ reads itself,
# the engine (rules/eval) only itself and common/, and what TSan takes links no client library.
#       layers.sh ROOT
set -u
cd "${1:-.}" || exit 1
bad=0

# $1: folder, $2: what its includes in quotes may begin with
only() {
        grep -rnE --include='*.[ch]' '^#include "' "$1" | grep -vE "#include \"($2)" && {
                echo "$1/ may include only: $2" >&2
                bad=1
        }
}

only ingest 'ingest/|common/'
only rules 'rules/|common/'
only alerting 'alerting/|common/'
only common 'common/'
only rules/eval 'rules/eval/|common/'

# The rooms of rules, each of which knows only those before it (docs/adr/0015-rooms.md).
known='common/'
for room in set measure memory core conditions plans; do
        known="$known|rules/eval/$room/"
        only "rules/eval/$room" "$known"
done
only rules/eval/measure 'rules/eval/(measure|set)/|common/'
only rules/threads 'rules/threads/|common/'
only rules/alert 'rules/(alert|eval)/|common/'
only rules/shard 'rules/(shard|alert|eval|threads)/|common/'
only rules/emit 'rules/(emit|shard|threads)/|common/'
only rules/state 'rules/(state|shard|eval|threads)/|common/'
only rules/feed 'rules/(feed|state|shard|eval|threads)/|common/'
known='common/|rules/eval/'
for room in reading values when documents; do
        known="$known|rules/lang/$room/"
        only "rules/lang/$room" "$known"
done

# And of alerting.
only alerting/base 'alerting/base/|common/'
only alerting/route 'alerting/(route|base)/|common/'
only alerting/response 'alerting/(response|route|base)/|common/'
only alerting/zeromq 'alerting/(zeromq|base)/|common/'
only alerting/feed 'alerting/(feed|zeromq|response|base)/|common/'
only alerting/channel 'alerting/(channel|zeromq|response|route|base)/|common/'
only alerting/journal 'alerting/(journal|response|route|base)/|common/'
only alerting/intake 'alerting/(intake|response|route|base)/|common/'
only alerting/act 'alerting/(act|intake|journal|channel|feed|zeromq|response|route|base)/|common/'

# Foreign headers the pure parts must not know: client libraries and everything that waits.
pure="rules/eval alerting/response $(sed -n "/^libcore/,/^dep_core/p" common/meson.build | grep -oE "[a-z_0-9]+\.c" | sed 's,^,common/,')"
# shellcheck disable=SC2086  # a list of paths
grep -rnE '^#include <(mosquitto|librdkafka|hiredis|zmq|yaml|microhttpd|yyjson|xxhash|curl)' $pure && {
        echo "the pure core links libc and threads only" >&2
        bad=1
}
grep -rnE '\b(time|gettimeofday|clock_gettime|clock_(wall|mono)_[mu]s|printf|fprintf|fopen|poll|sleep|usleep|nanosleep|pthread_[a-z_]+) ?\(' \
        rules/eval alerting/response && {
        echo "rules/eval and alerting/response are pure: no clock, no I/O, no waiting" >&2
        bad=1
}
[ -n "$pure" ] && [ "$(echo "$pure" | wc -w)" -ge 6 ] || {
        echo "found no sources of the core: this check has lost its way" >&2
        bad=1
}
exit $bad
