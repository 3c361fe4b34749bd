package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// nodeModules are what a node runs, besides runc.
func nodeModules(kube kubeRelease) []module {
	ofKube := kube.module()
	ofKube.packages = []string{"./node", "./pause"}
	ofKube.links = map[string]string{
		"kubelet":                 "node",
		"kube-controller-manager": "node",
		"kube-scheduler":          "node",
		"pause":                   "pause",
	}
	return []module{
		ofKube,
		{
			name:     "containerd",
			modfile:  goMod,
			packages: []string{"tool"},
			ldflags:  "-s -w",
			tags:     "urfave_cli_no_docs,no_btrfs,no_devmapper,no_zfs,no_tracing",
			links:    sameNames("containerd", "containerd-shim-runc-v2", "ctr"),
		},
		{
			name:     "cni",
			modfile:  goMod,
			packages: []string{"tool"},
			ldflags:  "-s -w",
			links:    sameNames("bridge", "host-local", "loopback"),
		},
	}
}

func sameNames(names ...string) map[string]string {
	links := map[string]string{}
	for _, name := range names {
		links[name] = name
	}
	return links
}

// runcModule builds runc, whose C part needs a C compiler and libseccomp.
func runcModule() module {
	return module{
		name:     "runc",
		modfile:  goMod,
		packages: []string{"tool"},
		ldflags:  "-s -w -linkmode external -extldflags -static",
		tags:     "urfave_cli_no_docs,seccomp",
		cgo:      true,
		links:    sameNames("runc"),
	}
}

// buildNode builds what a node needs beyond the servers of every stack.
func buildNode(ctx context.Context, repo repository, progress io.Writer) (map[string]string, error) {
	kube, err := wantedKubeRelease(repo)
	if err != nil {
		return nil, err
	}
	binaries, err := buildModules(ctx, repo, nodeModules(kube), progress)
	if err != nil {
		return nil, err
	}
	runc, err := findRunc(ctx, repo, progress)
	if err != nil {
		return nil, err
	}
	maps.Copy(binaries, runc)
	return binaries, nil
}

// findRunc builds runc, or takes the machine's where the C part cannot be built.
func findRunc(ctx context.Context, repo repository, progress io.Writer) (map[string]string, error) {
	if cannot := compilesSeccomp(ctx); cannot != nil {
		installed, err := installedRunc(ctx)
		if err != nil {
			return nil, fmt.Errorf("a node needs runc: %w, and %w: install a C compiler and libseccomp, or runc 1.1 "+
				"or newer (Debian: apt-get install gcc libc6-dev libseccomp-dev)", cannot, err)
		}
		return map[string]string{"runc": installed}, nil
	}
	return buildModules(ctx, repo, []module{runcModule()}, progress)
}

// compilesSeccomp says why a static program with libseccomp cannot be built here.
func compilesSeccomp(ctx context.Context) error {
	compiler, err := exec.CommandContext(ctx, "go", "env", "CC").Output()
	if err != nil {
		return fmt.Errorf("ask go for its C compiler: %w", err)
	}
	const source = "#include <seccomp.h>\nint main(void) { return seccomp_init(0) == 0; }\n"
	script := `printf '%s' "$1" | ` + strings.TrimSpace(string(compiler)) + ` -x c -static -o /dev/null - -lseccomp`
	if out, err := exec.CommandContext(ctx, "sh", "-c", script, "sh", source).CombinedOutput(); err != nil {
		return fmt.Errorf("it cannot be built: %w", errors.Join(err, lastLines(out, 1)))
	}
	return nil
}

var runcVersion = regexp.MustCompile(`(?s)^runc version (\d+)\.(\d+).*\nlibseccomp: `)

// installedRunc is the path of a runc that kubelet's default seccomp profile works with.
func installedRunc(ctx context.Context) (string, error) {
	path, err := exec.LookPath("runc")
	if err != nil {
		return "", errors.New("none is installed")
	}
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", path, err)
	}
	if !isUsableRunc(string(out)) {
		return "", fmt.Errorf("%s is older than 1.1 or has no seccomp", path)
	}
	return filepath.Abs(path)
}

// isUsableRunc reads what `runc --version` prints.
func isUsableRunc(version string) bool {
	match := runcVersion.FindStringSubmatch(version)
	if match == nil {
		return false
	}
	major, _ := strconv.Atoi(match[1])
	minor, _ := strconv.Atoi(match[2])
	return major > 1 || major == 1 && minor >= 1
}
