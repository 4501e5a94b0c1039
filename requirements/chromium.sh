#!/usr/bin/env bash
# chromium.sh FOLDER: a link FOLDER/chromium to this machine's Chromium, which Debian's own package brings where it may.
# Its headless shell is the same engine without a browser's own windows: it starts sooner, and takes a quarter less CPU.
set -euo pipefail
folder=$1
shell() { command -v chromium-headless-shell; }
browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
install() {
  command -v apt-get >/dev/null || { echo "Chromium is missing, and there is no apt-get here: install it by the system's own means"; return 1; }
  [ "$(id -u)" = 0 ] || { echo "Chromium is missing, and only root can install it: apt-get install chromium-headless-shell"; return 1; }
  export DEBIAN_FRONTEND=noninteractive
  apt-get update --quiet=2 &&
    apt-get install --quiet=2 --yes --no-install-recommends chromium-headless-shell fonts-dejavu-core fonts-noto-cjk >/dev/null
}
shell >/dev/null || told=$(install 2>&1) || browser >/dev/null || { echo "$told"; exit 1; }
mkdir -p "$folder"
ln -sf "$(shell || browser)" "$folder/chromium"
