#!/bin/sh
# Shows the main job on the running stack: each command, then what it prints.
set -eu

env=$("$STACK" env)
eval "$env"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

bold=''
plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m')
	plain=$(printf '\033[0m')
fi

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
run() {
	printf '%s$ %s%s\n' "$bold" "$*" "$plain"
	sh -c "$*"
}

kubectl delete secret matrix-secrets --ignore-not-found >/dev/null
cat >secrets.json <<'JSON'
{
  "database": {"user": "matrix", "password": "correct horse battery staple"},
  "oauth_client_secret": "s3cr3t-from-the-provider"
}
JSON

say 'A document with secrets, as applications read it'
run cat secrets.json

say 'Seal it: Vault encrypts, the cluster stores ciphertext'
run kubectl vaultseal create matrix-secrets -f secrets.json

say 'What etcd, the API and every backup hold'
run "kubectl get secret matrix-secrets -o yaml | grep -v -e uid: -e resourceVersion: -e creationTimestamp:"
run "kubectl get secret matrix-secrets -o jsonpath='{.data.secrets\\.json}' | base64 -d | cut -c 1-60"

say 'Open it'
run kubectl vaultseal view matrix-secrets

say 'Rotate: a new key version, and every Secret under it, without plaintext leaving Vault'
run kubectl vaultseal rotate matrix-secrets

say 'Nothing was lost'
run "kubectl vaultseal view matrix-secrets secrets.json | cmp - secrets.json && echo same bytes"

say 'Prove that everything opens, without opening it'
run kubectl vaultseal verify matrix-secrets --against secrets.json

# shellcheck disable=SC2016 # it is the reader who runs it
printf '\n%sGo on playing:%s eval "$(make -s stack-env)", then kubectl vaultseal --help. End it with make stack-down.\n' "$bold" "$plain"
