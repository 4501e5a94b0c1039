#!/usr/bin/env bash
# chromium.sh FOLDER: a link FOLDER/chromium to this machine's Chromium, which Debian's own package brings where it may.
set -euo pipefail
folder=$1
found() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! found >/dev/null; then
  command -v apt-get >/dev/null || { echo "Chromium is missing, and there is no apt-get here: install it by the system's own means"; exit 1; }
  [ "$(id -u)" = 0 ] || { echo "Chromium is missing, and only root can install it: apt-get install chromium"; exit 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2
  apt-get install --quiet=2 --yes --no-install-recommends chromium fonts-dejavu-core fonts-noto-cjk >/dev/null
fi
mkdir -p "$folder"
ln -sf "$(found)" "$folder/chromium"
