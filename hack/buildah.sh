#!/bin/sh
# Installs buildah where it is missing, from Debian's packages.
set -eu

! command -v buildah >/dev/null || exit 0
if ! command -v apt-get >/dev/null; then
	echo 'error: buildah is not installed, and there is no apt-get to install it with' >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo 'error: buildah is not installed, and only root may install it' >&2
	echo 'hint: sudo apt-get install buildah' >&2
	exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah >/dev/null
