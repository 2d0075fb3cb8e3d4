#!/usr/bin/env bash
# The template deployed on an emulated AWS, the real binaries woken by its triggers: `tests/cloud/end_to_end.sh [STORY…]`.
# What it leaves is in `target/cloud/run`. Skips, and says so, where the emulator cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$PWD/target/cloud
out=$tools/run
emulator=$tools/emulator

if [ ! -x "$emulator/bin/ministack" ]; then
    mkdir -p "$tools"
    if ! { python3 -m venv "$emulator" && "$emulator/bin/pip" install --quiet --disable-pip-version-check \
        ministack==1.5.33 aws-sam-translator==1.115.0 cryptography==50.0.2 boto3==1.43.106; } >"$tools/emulator.log" 2>&1; then
        rm -rf "$emulator"
        echo "SKIPPED the functions on an emulated AWS: the emulator cannot be installed here"
        exit 0
    fi
fi
command -v strip >/dev/null 2>&1 || { echo "SKIPPED the functions on an emulated AWS: strip is not here"; exit 0; }

stories=("$@")
if [ "${#stories[@]}" -eq 0 ]; then
    stories=(
        tests/scenarios/r47-a-contract-behind-the-gate.toml
        tests/scenarios/r33-a-week-in-which-much-is-done.toml
        tests/scenarios/r19-a-ranking-as-a-file.toml
        tests/scenarios/r68-a-file-of-vacant-seats.toml
    )
fi

export PYTHONDONTWRITEBYTECODE=1
(cd tests/cloud && "$emulator/bin/python" -m unittest -q test_verify)
programs=$(tests/programs.sh)
rm -rf "$out"
mkdir -p "$out"
exec "$emulator/bin/python" tests/cloud/end_to_end.py "$programs/monmaster" "$programs" "$out" "${stories[@]}"
