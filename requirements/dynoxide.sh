#!/usr/bin/env bash
# dynoxide.sh FOLDER: Dynoxide, a DynamoDB for the tests, in FOLDER/bin. cargo builds it once a machine, in some 5 minutes:
# the program is kept outside the clone, so that the next clean clone only copies it.
set -euo pipefail
version=3.2.0 # of the crate, whose own lock pins the rest; the program counts otherwise and calls itself 1.5.0
folder=$1
kept=${XDG_CACHE_HOME:-$HOME/.cache}/tombola/dynoxide-$version-$(uname -sm | tr ' ' -)
if ! "$kept/bin/dynoxide" --version >/dev/null 2>&1; then # missing, or of another machine
  command -v cargo >/dev/null || { echo "Dynoxide is missing: cargo builds it, and there is no cargo (Rust 1.88 or newer)"; exit 1; }
  echo "building Dynoxide $version, once on this machine: some 5 minutes"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # Without its defaults: no encryption of files, no server for agents.
  nice cargo install dynoxide-rs --version "$version" --locked --quiet --no-default-features \
    --features native-sqlite,http-server,cli --root "$work" --target-dir "$work/target"
  mkdir -p "$kept/bin"
  cp "$work/bin/dynoxide" "$kept/bin/dynoxide.$$"
  mv "$kept/bin/dynoxide.$$" "$kept/bin/dynoxide" # at once: another clone may be building it, too
fi
mkdir -p "$folder/bin"
cp "$kept/bin/dynoxide" "$folder/bin/dynoxide"
