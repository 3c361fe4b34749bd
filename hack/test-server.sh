#!/bin/sh
# Runs the end-to-end tests with a released server, in dev mode: hack/test-server.sh IMAGE PROGRAM, such as
# hack/test-server.sh openbao/openbao:latest bao. The program is taken out of the image and run beside the local API
# server, which it must reach on the loopback address; a container of its own could not. Needs the network.
set -eu

image=$1
program=$2
cd "$(dirname "$0")/.."
make -s bin/tools/crane
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

digest=$(bin/tools/crane digest "$image")
echo "$image is $digest"
bin/tools/crane export "${image%:*}@$digest" - | tar -x -C "$dir" "bin/$program"

token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
address=127.0.0.1:8200
"$dir/bin/$program" server -dev -dev-no-store-token -dev-listen-address="$address" -dev-root-token-id="$token" \
	>"$dir/log" 2>&1 &
server=$!
for _ in $(seq 60); do
	if curl --silent --fail --output /dev/null "http://$address/v1/sys/health"; then
		VAULT_TOKEN=$token make test-compatibility VAULT_ADDR="http://$address"
		exit
	fi
	if ! kill -0 "$server" 2>/dev/null; then
		break
	fi
	sleep 1
done
echo "error: $image does not serve" >&2
cat "$dir/log" >&2
exit 1
