package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
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

// servers are what every stack runs.
func servers(repo repository) ([]module, error) {
	kube, err := kubeModule(repo)
	if err != nil {
		return nil, err
	}
	return []module{kube, {
		name:     "vault",
		modfile:  goMod,
		packages: []string{"."},
		ldflags:  "-s -w",
		links:    map[string]string{"vault-server": "vault"},
	}}, nil
}

// vaultCLIModule builds Vault's own CLI from the files that its commands need. Only tests run it.
func vaultCLIModule() module {
	return module{
		name:     "vault",
		modfile:  goMod,
		packages: []string{"./cli"},
		ldflags:  "-s -w",
		links:    map[string]string{"vault": "cli"},
		overlay: &overlay{
			module: "github.com/hashicorp/vault", from: "command", to: filepath.Join("cli", "command"),
			files: []string{
				"auth_enable.go", "base.go", "base_flags.go", "base_helpers.go", "base_predict.go", "delete.go",
				"format.go", "main.go",
				"policy_delete.go", "policy_read.go", "policy_write.go", "read.go", "secrets_enable.go", "util.go",
				"write.go",
			},
		},
	}
}

// buildAll builds what is not built yet of the servers and the commands of tests, and returns the path of every binary
// by the name it is called under.
func buildAll(ctx context.Context, repo repository, progress io.Writer) (map[string]string, error) {
	binaries, err := buildServers(ctx, repo, progress)
	if err != nil {
		return nil, err
	}
	cli, err := buildModules(ctx, repo, []module{vaultCLIModule()}, progress)
	maps.Copy(binaries, cli)
	return binaries, err
}

// buildServers is buildAll without the commands of tests. Their paths are those that they have once they are built.
func buildServers(ctx context.Context, repo repository, progress io.Writer) (map[string]string, error) {
	all, err := servers(repo)
	if err != nil {
		return nil, err
	}
	binaries, err := buildModules(ctx, repo, all, progress)
	if err != nil {
		return nil, err
	}
	cache, err := binaryCache()
	if err != nil {
		return nil, err
	}
	cli := vaultCLIModule()
	dir, err := cli.binaryDir(ctx, repo, cache)
	if err != nil {
		return nil, err
	}
	maps.Copy(binaries, cli.binaries(dir))
	return binaries, nil
}

// buildModules builds modules of different names, at once where there is memory for it.
func buildModules(ctx context.Context, repo repository, all []module, progress io.Writer) (map[string]string, error) {
	cache, err := binaryCache()
	if err != nil {
		return nil, err
	}
	status := newBuildStatus(progress)
	defer status.end()
	dirs := make([]string, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(buildsAtOnce())
	for i, m := range all {
		group.Go(func() (err error) {
			if dirs[i], err = m.build(ctx, repo, cache, status); err != nil {
				return fmt.Errorf("build %s: %w", m.name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	binaries := map[string]string{}
	for i, m := range all {
		maps.Copy(binaries, m.binaries(dirs[i]))
	}
	return binaries, nil
}

// binaries are the paths of the module's binaries in dir, by the names they are called under.
func (m module) binaries(dir string) map[string]string {
	paths := map[string]string{}
	for name, binary := range m.links {
		paths[name] = filepath.Join(dir, binary)
	}
	return paths
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
	status := newBuildStatus(progress)
	defer status.end()
	dir, err := m.build(ctx, repo, cache, status)
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

// binaryDir is the cache's folder for the module's binaries, named by the content that they are built from.
func (m module) binaryDir(ctx context.Context, repo repository, cache string) (string, error) {
	hash, err := m.contentHash(ctx, repo.source(m.name))
	return filepath.Join(cache, m.name+"-"+hash, "bin"), err
}

// build returns the cache's folder with the module's binaries, which appears whole or not at all.
func (m module) build(ctx context.Context, repo repository, cache string, status *buildStatus) (string, error) {
	dir, err := m.binaryDir(ctx, repo, cache)
	if err != nil || isDir(dir) {
		return dir, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return "", err
	}
	lock, err := waitLock(ctx, filepath.Join(cache, m.name+".lock"), func() {
		status.say("waiting for another build of " + m.name)
	})
	if err != nil {
		return "", fmt.Errorf("wait for another build: %w", err)
	}
	defer lock.unlock()
	if isDir(dir) {
		return dir, nil
	}
	return dir, m.compile(ctx, repo.source(m.name), dir, status)
}
