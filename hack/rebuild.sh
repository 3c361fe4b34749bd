#!/bin/sh
# Builds the release $1 as its workflow does from the commit $2, into $3/dist/release. $3 becomes a clone in which the
# tag $1 is on that commit: nothing of this checkout, and no later commit, has a part in it.
set -eu

tag=$1 clone=$3
commit=$(git rev-parse --quiet --verify "$2^{commit}") || {
	echo "error: $2 is not a commit of this clone; if the clone is shallow: git fetch --unshallow" >&2
	exit 1
}
git clone --quiet --no-checkout . "$clone"
git -C "$clone" checkout --quiet --detach "$commit"
git -C "$clone" update-ref "refs/tags/$tag" "$commit" # Go writes a commit's tag into the binary, as the module's version
GORELEASER_CURRENT_TAG=$tag make -C "$clone" release-rebuild
