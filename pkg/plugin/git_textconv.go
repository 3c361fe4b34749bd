package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

const gitTextconvLong = `Print a manifest for git diff and git log -p. In place of each ciphertext it shows the key
version, the scope and a digest of the ciphertext. Everything else, and a file that is no
manifest, is printed as it is. No server is contacted. Git runs this command: see git install.

With --plaintext, the entries of Secrets in the namespace of -n or of the kubeconfig are
opened and shown. What does not open is shown as without --plaintext, and the exit code is 0.
A manifest of another namespace is not opened: its author must not choose the account and the
transit key. For git commit -v nothing is opened, because git writes that into .git.`

const gitTextconvExample = `  # Show a manifest as git diff does
  kubectl vaultseal git textconv manifests/app.yaml`

// textconvTimeout is how long one file may wait for Vault. Git converts two for each change that it shows.
const textconvTimeout = 10 * time.Second

type gitTextconvOptions struct {
	globals   *globals
	plaintext bool
	gitPID    int
}

func newGitTextconv(g *globals) *cobra.Command {
	o := &gitTextconvOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "textconv FILE",
		Short:   "Print a manifest for git diff",
		Long:    gitTextconvLong,
		Example: gitTextconvExample,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().BoolVar(&o.plaintext, "plaintext", false, "Open the entries and show their values")
	cmd.Flags().IntVar(&o.gitPID, "git-pid", 0,
		"Do not open entries if the process with this `PID` is git commit, which keeps what it shows")
	return cmd
}

func (o *gitTextconvOptions) run(ctx context.Context, path string) error {
	file, err := os.Open(path) //nolint:gosec // git names it
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	raw, err := interruptible(ctx, func() ([]byte, error) {
		return io.ReadAll(io.LimitReader(file, manifest.MaxFile+1))
	})
	if err != nil {
		return err
	}
	if len(raw) <= manifest.MaxFile {
		_, err = o.globals.process.Out.Write(o.shown(ctx, raw))
		return err
	}
	if _, err = o.globals.process.Out.Write(raw); err == nil {
		_, err = io.Copy(o.globals.process.Out, file)
	}
	return err
}

// shown is the text for a reader. A text that cannot be read is shown as it is.
func (o *gitTextconvOptions) shown(ctx context.Context, raw []byte) (text []byte) {
	defer func() {
		if recover() != nil { // a failure would break git diff and git log
			text = raw
		}
	}()
	read, err := manifest.ReadSealed(raw)
	if err != nil || len(read.Secrets()) == 0 {
		return raw
	}
	secrets := map[*corev1.Secret]sealed.Secret{}
	for _, live := range read.Secrets() {
		secrets[live], _ = sealed.Read(live) // the scope of an invalid annotation is not shown
	}
	values := map[*corev1.Secret]map[string]string{}
	if o.plaintext {
		values = o.open(ctx, read.Secrets(), secrets)
	}
	return read.Shown(func(live *corev1.Secret, name string) (string, bool) {
		if value, opened := values[live][name]; opened {
			return value, true
		}
		entry, _ := secrets[live].Entry(name)
		return sealedText(secrets[live].Scope, entry), entry.Sealed()
	})
}

// sealedText describes a ciphertext on one line.
func sealedText(scope sealed.Scope, entry sealed.Entry) string {
	digest := sha256.Sum256([]byte(entry.Ciphertext.String()))
	return fmt.Sprintf("sealed v%d %s sha256:%s", entry.Ciphertext.Version(), scope, hex.EncodeToString(digest[:8]))
}

// open opens the Secrets of the namespace, and returns what to show of their entries. The reason why nothing could be
// opened is a note.
func (o *gitTextconvOptions) open(
	ctx context.Context, lives []*corev1.Secret, secrets map[*corev1.Secret]sealed.Secret,
) map[*corev1.Secret]map[string]string {
	ctx, cancel := context.WithTimeout(ctx, textconvTimeout)
	defer cancel()
	if o.gitPID > 0 {
		switch args := argsOf(ctx, o.gitPID); {
		case len(args) == 0:
			o.globals.note("nothing is opened: it cannot be found out whether git commit runs this")
			return nil
		case isGitCommit(args):
			return nil
		}
	}
	if gitCaches(ctx) {
		o.globals.warn("nothing is opened: diff.%s.cachetextconv is true, and git would keep the plaintext", gitDriver)
		o.globals.hint(gitCacheHint())
		return nil
	}
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Sealer}})
	if err != nil {
		o.globals.note("nothing is opened: %v", err)
		return nil
	}
	defer c.close(ctx)
	var own []*corev1.Secret
	var toOpen []sealed.Secret
	for _, live := range lives {
		secret := secrets[live]
		if secret.Namespace == "" {
			secret.Namespace = c.namespace
		}
		if secret.Namespace == c.namespace && len(secret.Entries) > 0 {
			own, toOpen = append(own, live), append(toOpen, secret)
		}
	}
	values := map[*corev1.Secret]map[string]string{}
	var failed error
	for n, opened := range c.OpenEach(ctx, toOpen) {
		values[own[n]] = map[string]string{}
		for i, entry := range toOpen[n].Entries {
			switch {
			case opened[i].Err == nil:
				values[own[n]][entry.Name] = plaintextText(opened[i].Plaintext)
			case ofVault(opened[i].Err):
				failed = opened[i].Err
			}
		}
	}
	if failed != nil {
		o.globals.note("not everything is opened: %v", failed)
	}
	return values
}

// ofVault reports whether nothing can be opened, whatever the file says.
func ofVault(err error) bool {
	return denied(err) || errors.Is(err, transit.ErrUnreachable) || errors.Is(err, transit.ErrSealed) ||
		errors.Is(err, kube.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded)
}

// plaintextText returns text unchanged, and other bytes as base64.
func plaintextText(value []byte) string {
	if document.IsText(value) {
		return string(value)
	}
	return "!!binary " + base64.StdEncoding.EncodeToString(value)
}
