#!/usr/bin/env bash
# Install Debian's container engine where there is none, as root. `make sam-local` starts it, in namespaces of its own;
# where systemd runs, Debian starts one, too.
set -euo pipefail
if command -v dockerd >/dev/null && command -v iptables >/dev/null; then exit 0; fi
command -v apt-get >/dev/null || { echo "No apt-get here: install docker with dockerd, and iptables, by the system's own means." >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "Only root can install docker.io here: install it, with iptables, and try again." >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends docker.io
