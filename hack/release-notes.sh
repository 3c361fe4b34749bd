#!/bin/sh
# Prints the section of CHANGELOG.md that is about GORELEASER_CURRENT_TAG, else about the tag checked out. Without one
# there is no release. A release has no files beside its text, so links to files become links to the tag's.
set -eu

tag=${GORELEASER_CURRENT_TAG:-$(git describe --tags --exact-match)}
notes=$(awk -v heading="## [${tag#v}]" 'index($0, "## [") == 1 { of = index($0, heading) == 1; next } of' CHANGELOG.md)
if [ -z "$notes" ]; then
	echo "error: CHANGELOG.md has no section ## [${tag#v}]" >&2
	exit 1
fi
printf '%s\n' "$notes" | sed "s|](\([^):]*\))|](https://github.com/vaultseal/kubectl-vaultseal/blob/$tag/\1)|g"
