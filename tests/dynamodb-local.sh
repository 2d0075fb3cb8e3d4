#!/usr/bin/env bash
# The store's suite against DynamoDB Local, the official engine: `tests/dynamodb-local.sh`. The engine is fetched
# into `target/tools` (its licence lets it be used, not passed on, so it is never committed). It would listen on
# every address of the machine, so it runs in a network of its own that has nothing but loopback, and it ends with
# this script. Skips, and says so, where Java 11, npm or such a network cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

package=amplify-dynamodb-simulator@2.9.30
port=8000
tools=$PWD/target/tools/dynamodb-local
engine=$tools/package/emulator
alone=(unshare --user --map-root-user --net)

skip() {
    echo "SKIPPED the store's suite on DynamoDB Local: $1"
    exit 0
}

run_the_suite() {
    ip link set lo up
    cd "$tools"
    java -Djava.library.path="$engine/DynamoDBLocal_lib" -jar "$engine/DynamoDBLocal.jar" \
        -inMemory -sharedDb -disableTelemetry -port "$port" >engine.log 2>&1 &
    engine_pid=$!
    trap 'kill "$engine_pid" 2>/dev/null || true; wait "$engine_pid" 2>/dev/null || true' EXIT
    cd - >/dev/null
    for _ in $(seq 1 120); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            DYNAMODB_ENDPOINT="http://127.0.0.1:$port" cargo test --workspace --test dynamodb_contract \
                --locked --offline --quiet -- at_an_endpoint --nocapture
            exit
        fi
        kill -0 "$engine_pid" 2>/dev/null || break
        sleep 0.5
    done
    echo "DynamoDB Local did not start; it said:" >&2
    cat "$tools/engine.log" >&2
    exit 1
}

if [ "${1:-}" = alone ]; then
    run_the_suite
fi

command -v npm >/dev/null 2>&1 || skip "npm is not here"
java_version=$(java -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p' | head -n 1) || true
[ "${java_version:-0}" -ge 11 ] || skip "Java 11 is not here"
"${alone[@]}" ip link set lo up 2>/dev/null || skip "a network of its own cannot be made here"

if [ ! -f "$engine/DynamoDBLocal.jar" ]; then
    mkdir -p "$tools"
    archive=$(cd "$tools" && npm pack --silent "$package" 2>/dev/null) || skip "$package could not be fetched"
    tar -xzf "$tools/$archive" -C "$tools"
    rm "$tools/$archive"
fi

# Built before the engine starts, so that nothing waits for it.
cargo test --workspace --test dynamodb_contract --locked --quiet --no-run
exec "${alone[@]}" "tests/dynamodb-local.sh" alone
