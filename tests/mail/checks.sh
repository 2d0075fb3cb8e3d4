#!/usr/bin/env bash
# Every notice as others read it: by mail libraries that are not ours, by an HTML validator and an accessibility checker.
# Installs what it needs below target/, and says what it skips.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=target/notices
rm -rf "$out"
programs=$(tests/programs.sh)
"$programs/monmaster" notices --out "$out"

node=target/mail-tools-node
if ! command -v npm >/dev/null 2>&1; then
    echo "SKIPPED other readers, validator and accessibility: npm is not here"
    exit 0
fi
mkdir -p "$node"
if ! cmp -s tests/mail/package.json "$node/package.json"; then
    cp tests/mail/package.json "$node/package.json"
    if ! (cd "$node" && npm install --silent --no-audit --no-fund --ignore-scripts >/dev/null); then
        rm -f "$node/package.json"
        echo "SKIPPED other readers, validator and accessibility: their packages could not be installed"
        exit 0
    fi
fi
cp tests/mail/read.mjs "$node/read.mjs"

if python=$(tests/mail/tools.sh); then
    node "$node/read.mjs" "$out" | "$python" tests/mail/read.py "$out"
else
    echo "SKIPPED other readers: the Python packages could not be installed"
fi
node "$node/read.mjs" "$out" axe
if command -v java >/dev/null 2>&1; then
    java -jar "$node/node_modules/vnu-jar/build/dist/vnu.jar" --stdout --errors-only "$out"/*.html
    echo "the HTML validator found no error"
else
    echo "SKIPPED the HTML validator: java is not here"
fi
