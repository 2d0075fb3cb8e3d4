#!/usr/bin/env bash
# The template against the specification of CloudFormation and of SAM, and against rules of security: `tests/cloud/checks.sh`.
# The tools are installed below `target/`, each with its own Python; skips, and says so, what cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$PWD/target/cloud
template=infra/template.yaml
export SAM_CLI_TELEMETRY=0

# have NAME COMMAND PACKAGE…: whether the environment NAME has the command, installed now if it was not.
have() {
    local name=$1 command=$2
    shift 2
    [ -x "$tools/$name/bin/$command" ] && return
    mkdir -p "$tools"
    python3 -m venv "$tools/$name" >/dev/null 2>&1 &&
        "$tools/$name/bin/pip" install --quiet --disable-pip-version-check "$@" >"$tools/$name.log" 2>&1
}

if have lint sam cfn-lint==1.58.0 aws-sam-cli==1.170.0; then
    "$tools/lint/bin/cfn-lint" --non-zero-exit-code warning -- "$template"
    "$tools/lint/bin/sam" validate --lint --region eu-west-3 --template "$template"
else
    echo "SKIPPED cfn-lint and sam validate: they cannot be installed here"
fi

if have policy checkov checkov==3.3.30; then
    "$tools/policy/bin/checkov" --config-file tests/cloud/checkov.yaml --file "$template"
else
    echo "SKIPPED checkov: it cannot be installed here"
fi
