#!/bin/sh
# Makes the module file that the local stack builds another Kubernetes from:
# hack/kubernetes.sh v1.35.4 writes hack/stack/kube/v1.35.mod and v1.35.sum.
set -eu

version=$1
minor=${version%.*}
staging=v0.${version#v1.}
cd "$(dirname "$0")/stack/kube"
its=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
{
	sed '/^module /q' go.mod
	sed -n '/^go /p; /^godebug /p' "$its"
	echo 'require ('
	sed -n 's/^\t\([^ ]* v[^ ]*\).*/\t\1/p' "$its"
	printf '\tk8s.io/kubernetes %s\n)\n' "$version"
	echo 'replace ('
	sed -n "s|=> \\./staging/src/\\(.*\\)|=> \\1 $staging|p" "$its"
	echo ')'
} >"$minor.mod"
rm -f "$minor.sum"
go mod tidy -modfile="$minor.mod" # leaves out what these programs do not use
