# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034  # the lists are used by ./run
# Installs once what a fresh Debian 12 or 13 machine lacks. Sourced by ./run.

# PROBE=PACKAGE: the package is installed if the probe fails. A probe is a command, a path, or pc: and a pkg-config
# module.
packages_build="cc=gcc /usr/include/stdio.h=libc6-dev pkg-config=pkg-config meson=meson ninja=ninja-build msgfmt=gettext
        python3=python3 pc:libcrypto=libssl-dev pc:libmicrohttpd=libmicrohttpd-dev
        pc:libmosquitto=libmosquitto-dev pc:rdkafka=librdkafka-dev pc:hiredis=libhiredis-dev
        pc:libxxhash=libxxhash-dev pc:yaml-0.1=libyaml-dev pc:libzmq=libzmq3-dev pc:smartcols=libsmartcols-dev
        pc:cmocka=libcmocka-dev"
packages_run="/usr/share/zoneinfo/Asia/Shanghai=tzdata mosquitto=mosquitto redis-server=redis-server java=default-jre-headless"
packages_test="spin=spin shellcheck=shellcheck git=git kcat=kcat xz=xz-utils ip=iproute2 nft=nftables faketime=faketime
        ctags-universal=universal-ctags nm=binutils
        /usr/lib/python3/dist-packages/kaitaistruct.py=python3-kaitaistruct
        /usr/lib/python3/dist-packages/jsonschema/__init__.py=python3-jsonschema
        /usr/lib/python3/dist-packages/yaml/__init__.py=python3-yaml"
# Debian 12 has the clang-format version that tests/lint/format.sh requires; on other releases that lint is skipped.
packages_test_12="clang-format-14=clang-format-14"

as_root() {
        if [ "$(id -u)" = 0 ]; then
                "$@"
        else
                sudo "$@"
        fi
}

setup_has() {
        case "$1" in
        pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
        /*) [ -e "$1" ] ;;
        *) PATH=$PATH:/usr/sbin command -v "$1" >/dev/null ;;
        esac
}

# setup_packages LIST...: install the packages of the lists whose probe fails.
setup_packages() {
        local entry missing=()

        for entry in $(printf '%s ' "$@"); do
                setup_has "${entry%=*}" || missing+=("${entry#*=}")
        done
        [ ${#missing[@]} -gt 0 ] || return 0

        printf 'missing: %s\n' "${missing[@]}"
        local install=(apt-get install -y --no-install-recommends "${missing[@]}")
        if ! command -v apt-get >/dev/null || { [ "$(id -u)" != 0 ] && ! setup_may_sudo; }; then
                echo "install them first:  sudo ${install[*]}" >&2
                exit 1
        fi
        echo "installing: ${install[*]}"
        setup_apt "${install[@]}"
}

# setup_is_debian 12: does this machine run that release?
setup_is_debian() {
        (. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = "$1" ])
}

# JSON library: Debian 13 has a package that is new enough; elsewhere pip downloads the pinned source.
if setup_is_debian 13; then
        packages_build+=" pc:yyjson=libyyjson-dev"
else
        packages_build+=" pip3=python3-pip"
fi

setup_may_sudo() {
        command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }
}

# The package lists of a fresh machine are empty or old: if the command fails, run apt-get update and try again.
setup_apt() {
        local log
        log=$(mktemp)

        if ! as_root env DEBIAN_FRONTEND=noninteractive "$@" >"$log" 2>&1; then
                { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive "$@"; } >"$log" 2>&1 || {
                        tail -20 "$log" >&2
                        rm -f "$log"
                        echo "apt-get failed; try:  sudo apt-get update && sudo $*" >&2
                        exit 1
                }
        fi
        rm -f "$log"
}

# setup_kafka 1: download Kafka's jars into the cache folder with Maven. If that fails, the mock broker is used.
setup_kafka() {
        local cache=${XDG_CACHE_HOME:-$HOME/.cache}/vigil/kafka log

        [ "$1" = 1 ] || return 0
        ! cmp -s tests/stack/pom.xml "$cache/lib/pom.xml" || return 0

        setup_packages "mvn=maven"
        echo "fetching Apache Kafka from Maven into $cache (once, about 45 MB)"
        mkdir -p "$cache"
        rm -rf "$cache/lib.new"
        log=$(mktemp)
        if mvn -q -B -f tests/stack/pom.xml dependency:copy-dependencies \
                -DoutputDirectory="$cache/lib.new" >"$log" 2>&1; then
                cp tests/stack/pom.xml "$cache/lib.new/pom.xml"
                rm -rf "$cache/lib.old"
                [ ! -d "$cache/lib" ] || mv "$cache/lib" "$cache/lib.old"
                mv "$cache/lib.new" "$cache/lib"
                rm -rf "$cache/lib.old"
        else
                tail -5 "$log" >&2
                echo "Kafka's jars cannot be had here: the in-memory mock broker is used instead" >&2
        fi
        rm -f "$log"
}

# setup_build FOLDER OPTION...: configure the folder if it is new, then build what has changed.
setup_build() {
        local folder=$1 log
        shift

        log=$(mktemp)
        [ -f "$folder/build.ninja" ] || echo "building into $folder/ (first time)"
        { { [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@"; } && ninja -C "$folder"; } >"$log" 2>&1 || {
                tail -40 "$log" >&2
                rm -f "$log"
                echo "the build failed" >&2
                exit 1
        }
        rm -f "$log"
}
