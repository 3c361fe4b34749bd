#!/bin/sh
# Runs each fuzz target of the module for $1: a time such as 30s, or a number of inputs such as 30000x. As many run at
# once as there are processors. With list, it prints the targets and runs none.
set -eu

# targets prints PACKAGE TARGET for each fuzz target of the module.
targets() {
	root=$(go list -m -f '{{.Dir}}')
	go list -f '{{range .TestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}' ./... |
		grep . | xargs grep -HE '^func Fuzz' | sed -n "s#^$root/\(.*\)/[^/]*:func \(Fuzz[A-Za-z0-9_]*\)(.*#./\1 \2#p"
}

if [ "$1" = list ]; then
	targets
	exit
fi

# one PACKAGE TARGET TIME: the binary is in $bin. Inputs that reach more code are kept where go test -fuzz keeps them.
if [ "$1" = one ]; then
	log=$bin/$3.log
	corpus=$(go env GOCACHE)/fuzz/$(go list "$2")
	(cd "$2" && "$bin/$(echo "$2" | tr / _)" -test.run '^$' -test.fuzz "^$3\$" -test.fuzztime "$4" -test.fuzzminimizetime 1x \
		-test.fuzzcachedir "$corpus" -test.parallel 1) </dev/null >"$log" 2>&1 ||
		# At the end of a time its own limit is sometimes called a failure. A finding says what it is.
		if ! grep -qx '    context deadline exceeded' "$log" || grep -q 'Failing input written\|panic:\|seed corpus' "$log"; then
			echo "$2 $3: found something" && cat "$log"
			exit 255 # which ends xargs
		fi
	echo "$2 $3: $(sed -n 's/^fuzz: elapsed: [^,]*, execs: \([0-9]*\) .*/\1/p' "$log" | tail -n 1) inputs, nothing found"
	exit
fi

bin=$(mktemp -d)
export bin
trap 'rm -rf "$bin"' EXIT
targets >"$bin/targets"
cut -d ' ' -f 1 "$bin/targets" | sort -u | while read -r package; do
	go test -c -fuzz . -o "$bin/$(echo "$package" | tr / _)" "$package"
done
sed "s/$/ $1/" "$bin/targets" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 3 sh "$0" one
