#!/bin/sh
# Writes plugins/vaultseal.yaml as the release of $1 does: from the commit of that tag or, while there is no such tag,
# from HEAD.
set -eu

tag=${1-}
case $tag in
v[0-9]*.[0-9]*.[0-9]*) ;;
*)
	echo "error: specify a version, as in: make krew-manifest VERSION=v1.2.3" >&2
	exit 2
	;;
esac
commit=$(git rev-parse --quiet --verify "refs/tags/$tag^{commit}") || commit=$(git rev-parse HEAD)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sh hack/rebuild.sh "$tag" "$commit" "$dir/vaultseal"
cp "$dir/vaultseal/dist/release/krew/vaultseal.yaml" plugins/vaultseal.yaml
echo "plugins/vaultseal.yaml is the manifest of $tag from commit $commit"
