#!/usr/bin/env bash
# Renew every lock. Hashed requirement files name no host; a uv.lock names one on each line.
# LOCK_DIR=… writes elsewhere, which is how the check for drift compares.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${LOCK_DIR:-.}
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@"; }
mkdir -p "$out/requirements" "$out/layers/shared" "$out/layers/kafka"
compile pyproject.toml --extra console --group cli --group dev -o "$out/requirements/dev.txt"
compile pyproject.toml -o "$out/layers/shared/requirements.txt"
# The layer of Kafka without what its packages need: pyproject.toml says why.
compile --group kafka --no-deps -o "$out/layers/kafka/requirements.txt"
compile --group emulator -o "$out/requirements/emulator.txt"
compile --group audit -o "$out/requirements/audit.txt"
compile --group sam -o "$out/requirements/sam.txt"
compile --group web -o "$out/requirements/web.txt"
