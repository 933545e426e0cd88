#!/bin/sh
# Installs what is missing, builds, and runs all tests: CTest, then tests_py through tox.
#
#   ./run_tests.sh              the release build
#   ./run_tests.sh sanitizers   the AddressSanitizer (with UBSan) and ThreadSanitizer builds, and three minutes of fuzzing
#   ./run_tests.sh all          both
set -eu
cd "$(dirname "$0")"
. tools/setup.sh
# shellcheck disable=SC2086
need $kBuildPackages $kTestPackages

run_release() {
    cmake --preset release -DPONGO_TESTS=ON >&2
    build release
    ctest --test-dir build/release --output-on-failure -j2
    tox -q
}

# The C++ tests, then the Python tests that put load on several threads.
run_sanitizer() {
    build "$1"
    ctest --test-dir "build/$1" --output-on-failure -j2
    PONGO_MEMORY_SCALE=20 PONGO_SERVER="$PWD/build/$1/pongo-server" tox -q -- -m "not measures_memory" \
        tests_py/test_concurrency.py tests_py/test_hostile_clients.py tests_py/test_server_lifecycle.py \
        tests_py/test_scan.py tests_py/test_expiry.py tests_py/test_blocking.py tests_py/test_transactions.py \
        tests_py/test_tracking.py tests_py/test_client_limits.py tests_py/test_stream_groups.py \
        tests_py/test_scripts.py tests_py/test_functions.py tests_py/test_busy_scripts.py \
        tests_py/test_persistence.py tests_py/test_eviction.py tests_py/test_append_only.py \
        tests_py/test_crash_recovery.py tests_py/test_full_disk.py tests_py/test_damaged_files.py
}

run_fuzzer() {
    cmake --preset fuzz >&2
    fuzzers="request_parser_fuzz restore_fuzz script_values_fuzz snapshot_fuzz command_reader_fuzz \
        rebuilding_commands_fuzz"
    # shellcheck disable=SC2086
    cmake --build build/fuzz --target $fuzzers -- --quiet >&2
    for fuzzer in $fuzzers; do
        "build/fuzz/$fuzzer" -max_total_time=30 -print_final_stats=1 -print_funcs=0 -verbosity=0
    done
}

case "${1:-release}" in
    release) run_release ;;
    sanitizers) run_sanitizer asan; run_sanitizer tsan; run_fuzzer ;;
    all) run_sanitizer asan; run_sanitizer tsan; run_fuzzer; run_release ;;
    *) echo "usage: $0 [release|sanitizers|all]" >&2; exit 2 ;;
esac
