#!/bin/sh
# Installs what is missing, builds, and runs the server in the foreground. Arguments go to pongo-server.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
binary="$here/build/release/pongo-server"
(
    cd "$here"
    . tools/setup.sh
    # shellcheck disable=SC2086
    need $kBuildPackages
    [ -f build/release/build.ninja ] || cmake --preset release -DPONGO_TESTS=OFF >&2
    cmake --build build/release --target pongo-server pongo-cli -- --quiet >&2
)
exec "$binary" "$@"
