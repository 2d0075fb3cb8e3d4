#!/usr/bin/env bash
# Prints the Python of a venv under target/ in which the packages of the mail tests are; installs them the first time.
# Fails where they cannot be had: the callers then say that they skip.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/mail-tools
if [ ! -f "$venv/ready" ]; then
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check aiosmtpd==1.4.6 trustme==1.2.1 html5lib==1.1 >&2
    touch "$venv/ready"
fi
echo "$PWD/$venv/bin/python"
