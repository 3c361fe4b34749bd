#!/bin/sh
# Prints the section of CHANGELOG.md that is about GORELEASER_CURRENT_TAG, else about the tag checked out. Without one
# there is no release.
set -eu

version=${GORELEASER_CURRENT_TAG:-$(git describe --tags --exact-match)}
notes=$(awk -v heading="## [${version#v}]" 'index($0, "## [") == 1 { of = index($0, heading) == 1; next } of' CHANGELOG.md)
if [ -z "$notes" ]; then
	echo "error: CHANGELOG.md has no section ## [${version#v}]" >&2
	exit 1
fi
echo "$notes"
