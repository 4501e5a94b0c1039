#!/usr/bin/env bash
# All checks and tests, side by side: tests that need a stack, the others in two halves, and the checks. Tests on a stack
# wait for half of their time, for servers and for schedules. The others have the cores then, and give way otherwise.
set -uo pipefail
cd "$(dirname "$0")/.."
python=$1 logs=.local/side_by_side
half=(tests/cli tests/aws)
mkdir -p "$logs"

# First what several would build at once. In braces, as a plain command beside others would be deaf to SIGINT.
make --no-print-directory .local/dynoxide/.installed
{ nice "$python" -m pytest -q -m "not stack" "${half[@]}"; } > "$logs/half" 2>&1 & half_of_them=$!
{ nice "$python" -m pytest -q -m "not stack or apart" "${half[@]/#/--ignore=}"; } > "$logs/rest" 2>&1 & rest=$!
{ nice make --no-print-directory check; } > "$logs/check" 2>&1 & checks=$!
"$python" -m pytest -m "stack and not apart"
status=$?
for each in "$half_of_them" "$rest" "$checks"; do wait "$each" || status=1; done
echo "and the tests that need no stack, and the checks, side by side with these:"
cat "$logs/half" "$logs/rest" "$logs/check"
exit "$status"
