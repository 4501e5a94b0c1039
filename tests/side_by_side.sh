#!/usr/bin/env bash
# All tests, in three processes side by side: those that need a stack, and the others in two halves. Tests on a stack
# wait for half of their time, for servers and for schedules, in which the others have the cores.
set -uo pipefail
cd "$(dirname "$0")/.."
python=$1
half=(tests/cli tests/aws)

# Of Dynoxide two processes would build the same twice; the first says what it lacks.
make --no-print-directory .local/dynoxide/.installed
"$python" -m pytest -q -m "not stack" "${half[@]}" > .local/test.half.log 2>&1 & first=$!
"$python" -m pytest -q -m "not stack" "${half[@]/#/--ignore=}" > .local/test.rest.log 2>&1 & second=$!
"$python" -m pytest -m stack
status=$?
wait "$first" || status=1
wait "$second" || status=1
echo "and the tests that need no stack, side by side with these:"
cat .local/test.half.log .local/test.rest.log
exit "$status"
