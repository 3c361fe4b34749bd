#!/bin/sh
# Publishes the images of dist/images at the registry $1 with the tag $2, and prints them with their digests. A tag is
# never moved: one that names another image is an error, one that names this image is left as it is.
set -eu

registry=$1 tag=$2
if [ -z "$registry" ] || [ -z "$tag" ]; then
	echo 'error: specify a registry and a version, as in: make push-images REGISTRY=registry.example VERSION=v1.2.3' >&2
	exit 2
fi

# The digest that the tag of image $1 names, or nothing if there is no such tag. All else that the registry answers is
# an error: a tag that cannot be read may exist.
published() {
	if digest=$(crane digest "$registry/$1:$tag" 2>"$errors"); then
		echo "$digest"
	elif ! grep -q -e MANIFEST_UNKNOWN -e NAME_UNKNOWN -e '404 Not Found' "$errors"; then
		cat "$errors" >&2
		return 1
	fi
}
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# Both are looked up before one is pushed.
for image in vaultseal vaultseal-ci; do
	built=$(sed -n 's/.*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "dist/images/$image/index.json")
	there=$(published "$image")
	if [ -n "$there" ] && [ "$there" != "$built" ]; then
		echo "error: $registry/$image:$tag exists and is another image: $there, not $built" >&2
		echo 'hint: publish it with another version; what is published is not replaced' >&2
		exit 1
	fi
done
for image in vaultseal vaultseal-ci; do
	there=$(published "$image")
	if [ -n "$there" ]; then
		echo "$registry/$image@$there"
	else
		crane push "dist/images/$image" "$registry/$image:$tag"
	fi
done
