package plugin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/reserved"
)

const execLong = `Run a command with the values of sealed Secrets, which only that command gets.

Fields of documents and other entries become environment variables of the command:
database.password is database_password, and an element of a list has its number. With --fd
the command reads the document from an open file descriptor instead: the bytes of the only
entry, or the object that view prints.

exec revokes the Vault token, then replaces itself with the command (on Windows it waits for
it). No other process has the plaintext, and signals and the exit code are the command's.
As in a shell, the exit code is 127 if the command is not found, and 126 if it cannot be run.
If exec itself fails, it is that of the plugin.

Choose the variables with --only. Without it every field is set, even one that is added to
the Secret later.

A name that is not valid for a variable or occurs twice is an error. So are variables that
decide what programs run, which files they read, and which servers they connect to and
trust: LD_*, PATH, NODE_OPTIONS, HOME, XDG_*, KUBECONFIG, AWS_PROFILE, AWS_ENDPOINT_URL,
VAULT_ADDR, DOCKER_HOST, GIT_*, HTTPS_PROXY, SSL_CERT_FILE, BROWSER and similar ones.
Otherwise a writer of the Secret could control the program that reads it. --allow NAME
allows one. Credentials such as AWS_ACCESS_KEY_ID and PGPASSWORD are set like any other name.

Processes of the same user can read the environment in /proc, and programs that the command
starts inherit it.`

const execExample = `  # Run a server with the Secret's fields in its environment
  kubectl vaultseal exec app -- ./server

  # Set two of them, with a prefix, and no other variables
  kubectl vaultseal exec app --only user,password --prefix DB_ --pristine -- ./server

  # Read the document from file descriptor 3
  kubectl vaultseal exec app --fd 3 -- sh -c 'jq .database.user <&3'`

// The file descriptors that a command may be given a document on: those that a shell can name with one digit.
const (
	firstDescriptor = reserved.First
	lastDescriptor  = reserved.Last
)

// The exit codes of a command that is not begun, as shells have them.
const (
	exitCannotRun = 126
	exitNoCommand = 127
)

type execOptions struct {
	globals      *globals
	prefix       string
	only, allow  []string
	fd           int
	pristine     bool
	requireScope scopeFlag

	names   []string
	command []string
	path    string // of the command
}

func newExec(g *globals) *cobra.Command {
	o := &execOptions{globals: g}
	cmd := &cobra.Command{
		Use:     "exec NAME [NAME...] -- COMMAND [ARGUMENT...]",
		Short:   "Run a command with sealed values in its environment",
		Long:    execLong,
		Example: execExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args, cmd.ArgsLenAtDash()); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.ValidArgsFunction = g.complete(sealedWords)
	flags := cmd.Flags()
	flags.StringVar(&o.prefix, "prefix", "", "Begin the names of all variables with this `PREFIX`")
	flags.StringSliceVar(&o.only, "only", nil, "Set only the variables with these `NAMES`, without the prefix "+
		"(recommended; default all)")
	flags.StringSliceVar(&o.allow, "allow", nil, "Also set the variables with these `NAMES`, with the prefix, "+
		"although they affect more than their own value, such as PATH and HTTPS_PROXY")
	flags.IntVar(&o.fd, "fd", 0, fmt.Sprintf("Pass the document on file descriptor `N` (%d to %d), and set no "+
		"variables",
		firstDescriptor, lastDescriptor))
	flags.BoolVar(&o.pristine, "pristine", false, "Start from an empty environment")
	addScopeFlag(cmd, &o.requireScope, "require-scope",
		"Refuse a Secret whose entries have a weaker scope than SCOPE: "+
			"strict, namespace-wide or cluster-wide")
	return cmd
}

// check reads the command line, and finds the command.
func (o *execOptions) check(args []string, dash int) (err error) {
	switch {
	case dash < 0 || dash == len(args):
		return usagef("specify the command after --: kubectl vaultseal exec NAME -- COMMAND")
	case dash == 0:
		return usagef("specify the Secret to open: kubectl vaultseal exec NAME -- COMMAND")
	case o.fd != 0 && (o.fd < firstDescriptor || o.fd > lastDescriptor):
		return usagef("--fd %d: want a number from %d to %d", o.fd, firstDescriptor, lastDescriptor)
	case o.fd != 0 && (o.prefix != "" || len(o.only)+len(o.allow) > 0):
		return usagef("--fd sets no variables: it excludes --prefix, --only and --allow")
	case o.fd != 0 && dash > 1:
		return usagef("--fd passes one Secret: specify only one")
	case o.prefix != "" && !isVariable(o.prefix):
		return usagef("--prefix %q: want letters, digits and _, not beginning with a digit", o.prefix)
	}
	if o.names, err = secretNames(args[:dash]); err != nil {
		return err
	}
	if sorted := slices.Sorted(slices.Values(o.names)); len(slices.Compact(sorted)) < len(o.names) {
		return usagef("a Secret is named twice")
	}
	o.command = args[dash:]
	if o.path, err = exec.LookPath(o.command[0]); err != nil {
		return notRun(o.command[0], err)
	}
	return nil
}

// notRun is why a command is not begun.
func notRun(command string, err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return newReportError(exitNoCommand, fmt.Errorf("command %q is not found", command), "")
	}
	return newReportError(exitCannotRun, fmt.Errorf("command %q cannot be run: %w", command, err), "")
}

func (o *execOptions) run(ctx context.Context) error {
	opened, err := o.open(ctx)
	if err != nil {
		return err
	}
	child := child{path: o.path, args: o.command, process: o.globals.process}
	if !o.pristine {
		child.env = os.Environ()
	}
	if o.fd == 0 {
		if child.env, err = o.environment(opened, child.env); err != nil {
			return err
		}
		return child.run(ctx)
	}
	text, err := onlyText(opened[0])
	if err != nil {
		return err
	}
	return child.runWith(ctx, o.fd, text)
}

// open opens the Secrets, in the order of their names on the command line, and revokes what it logged in with.
func (o *execOptions) open(ctx context.Context) ([]map[string][]byte, error) {
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Reader},
		leastScope: o.requireScope.Scope})
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	opened := make([]map[string][]byte, len(o.names))
	for n, name := range o.names {
		if opened[n], err = c.Open(ctx, c.namespace, name); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

func (o *execOptions) environment(opened []map[string][]byte, inherited []string) ([]string, error) {
	env := &childEnv{prefix: o.prefix, only: o.only, allow: o.allow}
	for n, entries := range opened {
		if err := env.add(o.names[n], entries); err != nil {
			return nil, err
		}
	}
	if err := env.check(); err != nil {
		return nil, err
	}
	return env.over(inherited), nil
}

// onlyText is what is passed on a file descriptor.
func onlyText(entries map[string][]byte) ([]byte, error) {
	if len(entries) == 1 {
		for _, plaintext := range entries {
			return plaintext, nil
		}
	}
	return document.OfEntries(entries)
}
