#!/bin/sh
# Runs each fuzz target of pkg/ for $1, a number of inputs such as 30000x. A time
# such as 30s works too, but go test then sometimes fails with "context deadline
# exceeded" at the end of it, without a finding.
set -eu

grep -rlE '^func Fuzz' --include='*_test.go' pkg | while read -r file; do
	package=./$(dirname "$file")
	sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "$package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 1x "$package" </dev/null
	done
done
