#!/bin/sh
# Builds both images of the Dockerfile for the architectures given, from what
# image-files.sh has made, into the OCI layouts dist/images/vaultseal and
# dist/images/vaultseal-ci, each an index over the architectures. The same files of
# the same commit give the same images. No daemon; nothing is kept elsewhere.
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
