#!/usr/bin/env bash
# Coverage-guided fuzzing of the readers: `tests/fuzz/run.sh TARGET [OPTION…]`, with the options of libFuzzer (-help=1), or
# `tests/fuzz/run.sh smoke`, a little of each target, the same each time. Targets: contract, hidden, page, table, workbook.
# What a target has found worth keeping is in target/fuzz/found/TARGET and is begun with the next time; a file that brings
# it down is left in target/fuzz. Skips, and says so, where there is no compiler for C++.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/target/fuzz

targets=(contract hidden page table workbook)
: "${1:?give smoke, or one of: ${targets[*]}}"

# Changed files of a smoke run of each target: what takes some ten seconds.
smoke_runs=10000

command -v "${CXX:-c++}" >/dev/null 2>&1 || { echo "SKIPPED the fuzzing: there is no compiler for C++ here"; exit 0; }

cargo run --quiet --locked --package fuzz --bin seeds -- "$out/seeds"

# What makes the compiler count which edges are run. It needs no other toolchain, as a sanitizer would; memory is safe
# by the language. For a target by name, even the host: only then are macros and build scripts left as they are.
host=$(rustc --print host-tuple)
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --quiet --locked --package fuzz "${targets[@]/#/--bin=}" --features targets --profile fuzz \
    --target "$host" --target-dir "$out"
programs=$out/$host/fuzz

# A child has less of everything, but of its own: here a whole run shares a machine that may have stood still.
fuzz() {
    local target=$1
    shift
    "$programs/$target" -timeout=30 -rss_limit_mb=512 -max_len=65536 -artifact_prefix="$out/$target-" -print_final_stats=1 "$@"
}

if [ "${1:-}" = smoke ]; then
    for target in "${targets[@]}"; do
        found=$(mktemp -d)
        seeds=$(find "$out/seeds/$target" -type f | wc -l)
        fuzz "$target" -seed=1 -runs="$((seeds + smoke_runs))" "$found" "$out/seeds/$target" 2>"$out/$target.log" \
            || { tail -40 "$out/$target.log" >&2; exit 1; }
        rm -rf "$found"
        echo "$target: $seeds seeds, $(grep -E 'cov:' "$out/$target.log" | tail -1)"
    done
else
    target=$1
    mkdir -p "$out/found/$target"
    fuzz "$@" "$out/found/$target" "$out/seeds/$target"
fi
