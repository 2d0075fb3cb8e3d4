#!/usr/bin/env bash
# Builds the local command and the functions, and prints the folder they are in: `tests/programs.sh`.
set -euo pipefail
cd "$(dirname "$0")/.."
# With the features that they are shipped with: what they had only from a test's dependency would be missing here. All
# in one, because each other choice of packages builds the cloud's crates again.
cargo build --locked --quiet --package local --package lambdas --bins
echo "$(cargo metadata --locked --no-deps --format-version 1 | sed -E 's/.*"target_directory":"([^"]+)".*/\1/')/debug"
