#!/usr/bin/env bash
# Installs the PostgreSQL server that the tests start, on Debian and its kin, as root. Nothing is started or enabled.
set -euo pipefail

if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
  echo 'PostgreSQL is missing and cannot be installed here: that needs root and apt-get.' >&2
  echo 'Install it, or name a server in SOLOPRINT_TEST_POSTGRES (a URL whose user may create databases).' >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# The package would create and start a cluster of its own; the tests make theirs.
mkdir -p /etc/postgresql-common
[[ -e /etc/postgresql-common/createcluster.conf ]] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql >/dev/null
