package architecture

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goRecorder stands in for go, and for bin/stack: it prints the directories of the packages that would be tested.
const goRecorder = `#!/bin/sh
case $1 in
list) exec go "$@" ;;
run) case "$*" in *" -- "*) while [ "$1" != -- ]; do shift; done && shift && exec "$@" ;; esac ;;
esac
[ "$1" = test ] || exit 0
shift
if [ "$1" = -C ]; then cd "$2"; shift 2; fi
packages=
while [ $# -gt 0 ]; do
	case $1 in
	-run | -skip | -timeout | -parallel) shift ;;
	-*) ;;
	*) packages="$packages $1" ;;
	esac
	shift
done
go list -f '{{.Dir}}' $packages | sed "s/^/tested /"
`

// testTargets are the targets of the Makefile that together run every test; lint runs the last two.
func testTargets() []string { return []string{"test", "lint-workflows", "lint-prose"} }

// TestTargetsRunEveryTest asks make which packages its targets test, with a go that only tells.
func TestTargetsRunEveryTest(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the local stack's packages are not tested on Windows")
	}
	read(t, "Makefile")
	recorder := filepath.Join(t.TempDir(), "recorder")
	write(t, recorder, goRecorder)
	if err := os.Chmod(recorder, 0o700); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("make", append(testTargets(), "GO="+recorder, "STACK="+recorder, "LINT=true")...)
	command.Dir = root(t)
	command.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MAKE") || strings.HasPrefix(variable, "MFLAGS=")
	}), "RACE=")
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	var tested []string
	for _, found := range regexp.MustCompile(`(?m)^tested (.*)$`).FindAllStringSubmatch(string(said), -1) {
		dir, err := filepath.Rel(root(t), found[1])
		if err != nil {
			t.Fatal(err)
		}
		tested = append(tested, filepath.ToSlash(dir))
	}
	for _, dir := range dirsOf(filesOf(t, isTest)) {
		if !slices.Contains(tested, dir) {
			t.Errorf("no target runs the tests in %s", dir)
		}
	}
}

// fuzzTargets are PACKAGE TARGET, of all fuzz targets in the repository.
func fuzzTargets(t *testing.T) []string {
	t.Helper()
	var targets []string
	for _, name := range filesOf(t, isTest) {
		for _, found := range regexp.MustCompile(`(?m)^func (Fuzz\w*)\(`).FindAllStringSubmatch(read(t, name), -1) {
			targets = append(targets, "./"+path.Dir(name)+" "+found[1])
		}
	}
	slices.Sort(targets)
	return targets
}

func TestFuzzScriptRunsEveryFuzzTarget(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script needs a POSIX shell")
	}
	list := exec.Command("sh", "hack/fuzz.sh", "list")
	list.Dir = root(t)
	said, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSpace(string(said)), "\n")
	slices.Sort(listed)
	if want := fuzzTargets(t); !slices.Equal(listed, want) {
		t.Errorf("hack/fuzz.sh runs\n%s\nand these are fuzz targets:\n%s", strings.Join(listed, "\n"),
			strings.Join(want, "\n"))
	}
}

// TestWorkflowsFuzz: on each change and each week, where inputs that find something are kept.
func TestWorkflowsFuzz(t *testing.T) {
	for _, name := range []string{"ci", "weekly"} {
		if workflow := read(t, ".github/workflows/"+name+".yaml"); !strings.Contains(workflow, "run: make fuzz ") {
			t.Errorf("%s.yaml does not run make fuzz", name)
		}
	}
	kept := regexp.MustCompile(`(?m)^\s+path: "?([^\s"]*testdata/fuzz)"?$`).
		FindStringSubmatch(read(t, ".github/workflows/weekly.yaml"))
	if kept == nil {
		t.Fatal("weekly.yaml does not keep the inputs that find something")
	}
	for _, target := range fuzzTargets(t) {
		dir, _, _ := strings.Cut(target, " ")
		if findings := path.Join(dir, "testdata/fuzz"); !globPattern(t, kept[1]).MatchString(findings) {
			t.Errorf("weekly.yaml keeps %s, which leaves out %s", kept[1], findings)
		}
	}
}
