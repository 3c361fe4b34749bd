package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/vaultseal/kubectl-vaultseal/hack/stack/node"
)

// enter runs a command where it can reach the stack that is up, with the environment of
// `stack env`.
func enter(repo repository, dir stateDir, args []string) error {
	if err := adoptEnvironment(repo, dir); err != nil {
		return err
	}
	start, err := starterFor(dir)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	return attend(exec.Command(args[0], args[1:]...), start, signals)
}

// loadImage gives the stack's node an image of files: NAME [-entrypoint PATH] [-user UID] TARGET=SOURCE...
func loadImage(ctx context.Context, dir stateDir, args []string) error {
	image, err := parseImage(args)
	if err != nil {
		return err
	}
	var described node.Description
	if err := readJSON(dir.path(nodeFile), &described); err != nil {
		return fmt.Errorf("no stack with a node is up in %s: start one with 'stack up -node': %w", dir, err)
	}
	return described.Load(ctx, dir.path(binDir), image)
}

func parseImage(args []string) (node.Image, error) {
	image := node.Image{}
	for i, arg := range args {
		switch target, source, isFile := strings.Cut(arg, "="); {
		case i == 0:
			image.Name = arg
		case strings.HasPrefix(arg, "-entrypoint="):
			image.Entrypoint = append(image.Entrypoint, source)
		case strings.HasPrefix(arg, "-user="):
			image.User = source
		case isFile && filepath.IsAbs(target):
			image.Files = append(image.Files, node.ImageFile{Target: target, Source: source})
		default:
			return image, fmt.Errorf("%q: want TARGET=SOURCE, with the absolute path of the file in the image", arg)
		}
	}
	if image.Name == "" {
		return image, errUsage
	}
	return image, nil
}
