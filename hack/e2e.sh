#!/bin/sh
# Runs one end-to-end test on the stack that is up: $1 is the name of a script in test/scripts, or of a Go test in test.
set -eu

name=${1:-}
case $name in
'')
	echo 'error: RUN is required: the name of a script in test/scripts, or of a Go test' >&2
	echo 'hint: make e2e RUN=rotate-retire' >&2
	exit 2
	;;
Test*)
	if ! grep -q "^func $name(" test/*_test.go; then
		echo "error: test has no Go test $name" >&2
		exit 2
	fi
	pattern="^$name\$"
	raced=yes # some run the plugin that the race detector watches
	;;
*)
	if [ ! -f "test/scripts/$name.txtar" ]; then
		echo "error: there is no script test/scripts/$name.txtar" >&2
		exit 2
	fi
	pattern="^TestScripts\$/^$name\$"
	raced=$(sed -n '/^raced$/{s//yes/p;q;}' "test/scripts/$name.txtar")
	;;
esac

if ! environment=$(bin/stack env 2>/dev/null); then
	echo 'error: no stack is up' >&2
	echo 'hint: make stack-up' >&2
	exit 1
fi
eval "$environment"

bin/stack build # a stack that is up has no CLI of Vault unless it was built
[ -z "$raced" ] || make -s race
[ "$name" = "${name#inject-}" ] || make -s bin/rendering # Kustomize and Helm
[ "$name" != verify-metrics ] || make -s bin/monitoring # Prometheus' parser
go test -C test -c -o ../bin/e2e.test . # Go knows when it must be built again
cd test
exec ../bin/stack enter -- ../bin/e2e.test -test.count=1 -test.run "$pattern" # where it reaches a node's stack
