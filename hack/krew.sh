#!/bin/sh
# Writes dist/release/krew/vaultseal.yaml, the krew manifest of the release in dist/release.
set -eu

tag=$(sed -n 's/^.*  kubectl-vaultseal_\(v.*\)_linux_amd64\.tar\.gz$/\1/p' dist/release/checksums.txt)
mkdir -p dist/release/krew
go run -C hack/krew . "$PWD/.krew.yaml" "$tag" "$PWD/dist/release/checksums.txt" >dist/release/krew/vaultseal.yaml
