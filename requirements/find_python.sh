#!/usr/bin/env bash
# Print the path of the Python to use: 3.13 (Lambda's own) where there is one, else the newest from 3.11 on.
# Shims of version managers answer `command -v` and then fail, so every candidate is run. A virtual environment's own,
# which is first on the path where one is activated, has no pip to build with.
set -u
candidates() {
  for version in 3.13 3.14 3.12 3.11; do
    echo "python$version"
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python "$HOME/.local/share/uv/python/cpython-$version"*/bin/python \
      /usr/local/bin/"python$version" /usr/bin/"python$version" /opt/python/"$version"*/bin/python 2>/dev/null
  done
  echo python3
}
for candidate in $(candidates); do
  "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11) or sys.prefix != sys.base_prefix)' >/dev/null 2>&1 || continue
  "$candidate" -c 'import sys; print(sys.executable)'
  exit 0
done
echo "No Python from 3.11 on was found: install one (python3.13 is best) and try again." >&2
exit 1
