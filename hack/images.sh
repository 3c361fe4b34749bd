#!/bin/sh
# Builds both images of the Dockerfile for the architectures given, from what
# image-files.sh has made, into the OCI layouts dist/images/vaultseal and
# dist/images/vaultseal-ci, each an index over the architectures, and writes their SBOMs
# beside them. The same files of the same commit give the same images. No daemon; nothing
# is kept elsewhere.
set -eu

sh hack/buildah.sh
store=$(mktemp -d)
trap 'rm -rf "$store"' EXIT
buildah() {
	command buildah --storage-driver vfs --root "$store/root" --runroot "$store/run" "$@"
}

version=${VERSION:-$(git describe --tags --always --dirty)}
committed=$(git log -1 --format=%ct)
platforms=$(for arch in "$@"; do printf ',linux/%s' "$arch"; done)

rm -rf dist/images
mkdir -p dist/images
for image in vaultseal vaultseal-ci; do
	buildah bud --quiet --isolation chroot --platform "${platforms#,}" --target "$image" --manifest "$image" \
		--build-arg VERSION="$version" --timestamp "$committed" . >/dev/null
	buildah manifest push --quiet --all "$image" "oci:dist/images/$image:$version" >/dev/null
done

# The SBOM of image $1, with the packages of the directories $2 and the programs $3 of each architecture.
sbom() {
	image=$1 packages=$(for arch in $arches; do for dir in $2; do cat "dist/linux-$arch/$dir.packages"; done; done)
	programs=$(for arch in $arches; do for program in $3; do echo "../../dist/linux-$arch/$program"; done; done)
	echo "$packages" >"dist/images/$image.packages"
	# shellcheck disable=SC2086 # the programs are words
	go run -C hack/contents . sbom -name "$image" -version "$version" -layout "../../dist/images/$image" \
		-packages "../../dist/images/$image.packages" "../../dist/images/$image.cdx.json" $programs
	rm "dist/images/$image.packages"
}
arches=$*
sbom vaultseal vaultseal vaultseal/kubectl-vaultseal
sbom vaultseal-ci "vaultseal ci" "vaultseal/kubectl-vaultseal ci/usr/local/bin/kubectl"
