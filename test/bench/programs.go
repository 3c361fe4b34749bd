package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are the binaries that are measured. All but kubectl are built alike,
// as a release is.
type programs struct{ plugin, floor, bareChain, leanChain, libraryOpen, bareLoop, bareFiles, gauge, kubectl string }

// These are built where they are: the benchmark runs in the module of the tests,
// which is a directory of the plugin's.
const (
	pluginSource    = "../cmd/kubectl-vaultseal"
	floorSource     = "./bench/floor"
	leanChainSource = "./bench/leanchain"
	bareChainSource = "./bench/barechain"
	bareLoopSource  = "./bench/bareloop"
	bareFilesSource = "./bench/barefiles"
	librarySource   = "./bench/libraryopen"
	gaugeSource     = "./bench/gauge"
)

func buildPrograms(ctx context.Context, dir string) (programs, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return programs{}, err
	}
	p := programs{
		plugin:      filepath.Join(dir, "kubectl-vaultseal"),
		floor:       filepath.Join(dir, "floor"),
		bareChain:   filepath.Join(dir, "barechain"),
		leanChain:   filepath.Join(dir, "leanchain"),
		libraryOpen: filepath.Join(dir, "libraryopen"),
		bareLoop:    filepath.Join(dir, "bareloop"),
		bareFiles:   filepath.Join(dir, "barefiles"),
		gauge:       filepath.Join(dir, "gauge"),
		kubectl:     kubectl,
	}
	for _, b := range []struct{ output, source string }{
		{p.plugin, pluginSource}, {p.floor, floorSource}, {p.leanChain, leanChainSource},
		{p.bareChain, bareChainSource}, {p.libraryOpen, librarySource}, {p.bareLoop, bareLoopSource},
		{p.bareFiles, bareFilesSource}, {p.gauge, gaugeSource},
	} {
		if err := build(ctx, b.output, b.source); err != nil {
			return p, err
		}
	}
	return p, nil
}

// build makes a stripped binary of the package in source.
func build(ctx context.Context, output, source string) error {
	progress("building %s", filepath.Base(source))
	cmd := exec.CommandContext(ctx, "go", "build", "-C", source, "-trimpath", "-ldflags", "-s -w", "-o", output, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if message, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", source, err, message)
	}
	return nil
}
