#!/usr/bin/env bash
# install.sh ENVIRONMENT LOCK: an environment with exactly the locked packages, compiled to bytecode.
set -euo pipefail
environment=$1 lock=$2
python=$(bash "$(dirname "$0")/find_python.sh")
[ -x "$environment/bin/python" ] || { echo "$environment: $("$python" --version) from $lock"; uv venv --quiet --seed --clear --python "$python" "$environment"; }
uv pip sync --quiet --compile-bytecode --require-hashes --python "$environment/bin/python" "$lock"
