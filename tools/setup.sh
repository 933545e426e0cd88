# Installs what is missing on a Debian 12 machine, and builds. To be sourced by the two scripts at the top.
#
#   need PACKAGE...     installs the packages that are not installed yet
#   build PRESET        configures and builds build/PRESET

kBuildPackages="g++ cmake ninja-build ccache pkg-config libpoco-dev libjemalloc-dev libedit-dev liblzf-dev liblua5.1-0-dev"
kTestPackages="libgtest-dev libgmock-dev redis-server redis-tools python3 python3-redis python3-pytest
               python3-pytest-xdist python3-hypothesis tox clang clang-format libclang-rt-14-dev procps"

# So that what one checkout has compiled serves another.
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

need() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    echo "Installing:$missing" >&2
    # Services must not start: the packaged redis-server would sit on port 6379.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod +x "$policy"
        trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
        remove_policy=yes
    fi
    as_root apt-get update -qq >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    if [ "${remove_policy:-no}" = yes ]; then
        as_root rm -f "$policy"
        trap - EXIT
    fi
}

build() {
    [ -f "build/$1/build.ninja" ] || cmake --preset "$1" >&2
    cmake --build "build/$1" -- --quiet >&2
}
