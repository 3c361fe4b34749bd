package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/broken"
)

// findMistake lets the clients use a plugin with a mistake. It fails if no round finds it.
func findMistake(ctx context.Context, o options, s *stack) error {
	at := slices.IndexFunc(broken.Mistakes(), func(m broken.Mistake) bool { return m.Name == o.mistake })
	if at < 0 {
		return fmt.Errorf("unknown mistake %q", o.mistake)
	}
	repository, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "robustness-mistake-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if o.plugin, err = broken.Mistakes()[at].Build(ctx, repository, dir); err != nil {
		return err
	}
	o.dir = filepath.Join(dir, "results") // what it finds is not about the plugin
	begun := time.Now()
	if err = work(ctx, o, s); !errors.Is(err, errViolated) {
		return errors.Join(fmt.Errorf("the mistake %s was not found in %v", o.mistake, time.Since(begun)), err)
	}
	fmt.Printf("the mistake %s was found after %v\n", o.mistake, time.Since(begun).Round(time.Second))
	return nil
}
