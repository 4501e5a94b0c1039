#!/usr/bin/env bash
# All checks and tests, side by side. Tests that share a stack wait for half of their time, for servers and for schedules.
# Beside them go the parts that all others are cut into: three at a time, the long ones first, and after them in
# priority, but for the two that have a stack of their own and so wait as well.
set -uo pipefail
cd "$(dirname "$0")/.."
export logs=.local/side_by_side
mkdir -p "$logs"
apart="$1 -m pytest -q -m apart"
test="nice $1 -m pytest -q -m 'not stack and not apart'"
elsewhere=(tests/local tests/cli tests/faults tests/flows tests/functions tests/aws) # of another part below
parts=(
  "clicked $apart tests/web/test_clicked_campaign.py"
  "cli $test tests/cli"
  "rest $test ${elsewhere[*]/#/--ignore=}"
  "check nice make --no-print-directory check"
  "demo $apart tests/local/test_demo.py"
  "faults $test tests/faults"
  "flows $test tests/flows tests/functions"
  "aws $test tests/aws"
)

# First what several would build at once. In braces, as a plain command beside others would be deaf to SIGINT.
make --no-print-directory .local/dynoxide/.installed
{ printf '%s\n' "${parts[@]}" | xargs -P 3 -L 1 bash -c '"$@" > "$logs/$0" 2>&1'; } & others=$!
"$1" -m pytest -m "stack and not apart"
status=$?
wait "$others" || status=1
echo "and the tests that share no stack, and the checks, side by side with these:"
for part in "${parts[@]}"; do cat "$logs/${part%% *}"; done
exit "$status"
