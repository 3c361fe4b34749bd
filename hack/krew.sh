#!/bin/sh
# Writes dist/release/krew/vaultseal.yaml, the krew manifest of the release in dist/release, which this commit and this
# Go have made.
set -eu

tag=$(sed -n 's/^.*  kubectl-vaultseal_\(v.*\)_linux_amd64\.tar\.gz$/\1/p' dist/release/checksums.txt)
commit=$(git rev-parse HEAD)
go=$(go env GOVERSION)
mkdir -p dist/release/krew
{
	cat <<-END
		# The krew manifest of $tag. The release writes it, from .krew.yaml and its checksums.
		# The archives are built from commit $commit with $go:
		# docs/verify.md shows how to build them again.
		# They are assets of the release $tag and can be downloaded once it is published.
	END
	go run -C hack/krew . "$PWD/.krew.yaml" "$tag" "$PWD/dist/release/checksums.txt"
} >dist/release/krew/vaultseal.yaml
