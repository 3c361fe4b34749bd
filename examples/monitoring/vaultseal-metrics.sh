#!/bin/sh
# Check all sealed Secrets, and write the metrics to DIRECTORY, where the textfile collector of node_exporter reads them.
#   vaultseal-metrics.sh DIRECTORY [FLAG...]
set -u
directory=$1
shift
new=$(mktemp "$directory/vaultseal.XXXXXX") || exit
trap 'rm -f "$new"' EXIT
trap : INT TERM # the command gets the signal too, and then prints that the check is not complete
kubectl vaultseal verify --all-namespaces --output openmetrics "$@" >"$new"
code=$?
# If the last line is missing, the command was killed, does not know its flags, or the disk is full. The old file stays,
# and its age alerts. That is a failure even if the command found something, which its exit code 3 tells.
[ "$(tail -n 1 "$new")" = '# EOF' ] || exit 1
chmod 644 "$new" || exit 1
mv "$new" "$directory/vaultseal.prom" || exit 1 # at once: the collector must not read a part
exit "$code"
