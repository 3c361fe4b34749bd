package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// module is one of the Go modules beside this one, and the binaries built from it.
type module struct {
	name     string   // folder under hack/stack
	modfile  string   // in the folder; with its .sum it says which modules are built
	packages []string // main packages; each binary is named like its folder
	ldflags  string
	tags     string            // build tags
	cgo      bool              // with a C compiler
	links    map[string]string // the names the binaries are called under -> binary
	overlay  *overlay          // files of another module that are built with it; nil: none
	target   string            // GOARCH of a Linux to build for; empty: this machine, or what Go's environment says
}

const goMod = "go.mod" // what a modfile is called, unless there are several

func modules(repo repository) ([]module, error) {
	kube, err := kubeModule(repo)
	if err != nil {
		return nil, err
	}
	return []module{
		kube,
		{
			name:     "vault",
			modfile:  goMod,
			packages: []string{"."},
			ldflags:  "-s -w",
			links:    map[string]string{"vault-server": "vault"},
		},
		vaultCLIModule(),
	}, nil
}

// vaultCLIModule builds Vault's own CLI from the files that its commands need.
func vaultCLIModule() module {
	return module{
		name:     "vaultcli",
		modfile:  goMod,
		packages: []string{"."},
		ldflags:  "-s -w",
		links:    map[string]string{"vault": "vaultcli"},
		overlay: &overlay{
			module: "github.com/hashicorp/vault", from: "command", to: "command",
			files: []string{
				"auth_enable.go", "base.go", "base_flags.go", "base_helpers.go", "base_predict.go", "delete.go",
				"format.go", "main.go",
				"policy_delete.go", "policy_read.go", "policy_write.go", "read.go", "secrets_enable.go", "util.go",
				"write.go",
			},
		},
	}
}

// buildAll builds what is not built yet and returns the path of every binary by the
// name it is called under.
func buildAll(ctx context.Context, repo repository, progress io.Writer) (map[string]string, error) {
	all, err := modules(repo)
	if err != nil {
		return nil, err
	}
	return buildModules(ctx, repo, all, progress)
}

func buildModules(ctx context.Context, repo repository, all []module, progress io.Writer) (map[string]string, error) {
	cache, err := binaryCache()
	if err != nil {
		return nil, err
	}
	binaries := map[string]string{}
	for _, m := range all {
		dir, err := m.build(ctx, repo, cache, progress)
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", m.name, err)
		}
		for name, binary := range m.links {
			binaries[name] = filepath.Join(dir, binary)
		}
	}
	return binaries, nil
}

// buildKubectl builds the stack's kubectl for a Linux of the given GOARCH, if it is not
// built yet, and returns its path. What the stack itself has built is used again.
func buildKubectl(ctx context.Context, repo repository, arch string, progress io.Writer) (string, error) {
	if runtime.GOOS == "linux" && runtime.GOARCH == arch {
		binaries, err := buildAll(ctx, repo, progress)
		return binaries["kubectl"], err
	}
	cache, err := binaryCache()
	if err != nil {
		return "", err
	}
	m, err := kubeModule(repo)
	if err != nil {
		return "", err
	}
	m.packages, m.target = []string{"./kubectl"}, arch
	dir, err := m.build(ctx, repo, cache, progress)
	if err != nil {
		return "", fmt.Errorf("build kubectl for linux/%s: %w", arch, err)
	}
	return filepath.Join(dir, "kubectl"), nil
}

// binaryCache is where binaries are kept, addressed by content.
func binaryCache() (string, error) {
	userCache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache directory for the binaries: %w", err)
	}
	return filepath.Join(userCache, "vaultseal", "stack"), nil
}

// build returns the cache's folder with the module's binaries. The folder is named by
// the content it was built from and appears whole or not at all.
func (m module) build(ctx context.Context, repo repository, cache string, progress io.Writer) (string, error) {
	hash, err := m.contentHash(ctx, repo.source(m.name))
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, m.name+"-"+hash, "bin")
	if isDir(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	lock, err := waitLock(ctx, filepath.Join(cache, m.name+".lock"), func() {
		fmt.Fprintf(progress, "waiting for another build of %s\n", m.name)
	})
	if err != nil {
		return "", fmt.Errorf("wait for another build: %w", err)
	}
	defer lock.unlock()
	if isDir(dir) {
		return dir, nil
	}
	fmt.Fprintf(progress, "building %s (the first time takes some minutes)\n", m.name)
	return dir, m.compile(ctx, repo.source(m.name), dir)
}

// compile builds the binaries into dir. The caller holds the module's lock.
func (m module) compile(ctx context.Context, source, dir string) error {
	temp := dir + ".building"
	if err := os.RemoveAll(temp); err != nil { // what a killed build has left
		return err
	}
	if err := os.Mkdir(temp, 0o750); err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	flags := []string{
		"build", "-modfile", m.modfile, "-trimpath", "-buildvcs=false", "-ldflags", m.ldflags, "-tags", m.tags, "-o",
		temp + string(filepath.Separator),
	}
	if m.overlay != nil {
		list := filepath.Join(filepath.Dir(dir), "overlay.json")
		if err := m.overlay.write(ctx, source, m.buildEnv(), list); err != nil {
			return err
		}
		flags = append(flags, "-overlay", list)
	}
	cmd := exec.CommandContext(ctx, "go", append(flags, m.packages...)...)
	cmd.Dir = source
	cmd.Env = m.buildEnv()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // ends its compilers too
	cmd.WaitDelay = 5 * time.Second
	if output, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("go build: %w", err), lastLines(output, failureLines))
	}
	return os.Rename(temp, dir)
}

// buildEnv makes builds alike whatever workspace or flags the caller has set.
func (m module) buildEnv() []string {
	env := append(os.Environ(), "CGO_ENABLED="+cgoEnabled(m.cgo), "GOWORK=off", "GOFLAGS=")
	if m.target != "" {
		env = append(env, "GOOS=linux", "GOARCH="+m.target)
	}
	return env
}

func cgoEnabled(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
