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
	"github.com/vaultseal/kubectl-vaultseal/internal/delivery"
	"github.com/vaultseal/kubectl-vaultseal/internal/document"
	"github.com/vaultseal/kubectl-vaultseal/pkg/plugin/reserved"
)

const execLong = `Run a command with the values of sealed Secrets, which only that command gets.

The fields of documents and the other entries of each NAME become environment variables:
database.password is database_password, and an element of a list has its number. Choose them
with --only. Without it every field is set, even one that is added to the Secret later.

These set variables too, and need no NAME:

  --env NAME=SECRET/ENTRY         an entry as it is
  --env NAME=SECRET/ENTRY#PATH    a field of a document, such as database.password
  --env-from [PREFIX=]SECRET      all entries by their names, as envFrom in a pod does
  --env-dir DIR                   each file of DIR by its name, as files --file has written it

--env wins over --env-dir, and both over the others and over the inherited environment.
With --env-dir alone, exec contacts neither Vault nor the API server.

With --fd the command reads the document from an open file descriptor instead: the bytes of
the only entry, or the object that view prints.

exec revokes the Vault token, then replaces itself with the command (on Windows it waits for
it). No other process has the plaintext, and signals and the exit code are the command's.
As in a shell, the exit code is 127 if the command is not found, and 126 if it cannot be run.
If exec itself fails, it is that of the plugin.

A name that is not valid for a variable or occurs twice is an error. So are variables that
decide what programs run, which files they read, and which servers they connect to and
trust: LD_*, PATH, NODE_OPTIONS, HOME, XDG_*, KUBECONFIG, AWS_PROFILE, AWS_ENDPOINT_URL,
VAULT_ADDR, DOCKER_HOST, GIT_*, HTTPS_PROXY, SSL_CERT_FILE, BROWSER and similar ones.
Otherwise a writer of the Secret could control the program that reads it. --allow NAME
allows one. Credentials such as AWS_ACCESS_KEY_ID and PGPASSWORD are set like any other name.
The names of --env and --env-dir are not those of a Secret: they are set whatever they are.

Processes of the same user can read the environment in /proc, and programs that the command
starts inherit it.`

const execExample = `  # Run a server with the Secret's fields in its environment
  kubectl vaultseal exec app -- ./server

  # Set two of them, with a prefix, and no other variables
  kubectl vaultseal exec app --only user,password --prefix DB_ --pristine -- ./server

  # Name each variable
  kubectl vaultseal exec --env PGPASSWORD=db/password --env TOKEN=app/app.yaml#api.token -- ./server

  # Set all entries of a Secret, as DB_USER and DB_PASSWORD
  kubectl vaultseal exec --env-from DB_=db --upper -- ./server

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
	upper        bool
	env          []namedEnv
	envFrom      []envFrom
	envDirs      []string
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
		Use:     "exec [NAME...] -- COMMAND [ARGUMENT...]",
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
	o.addVariableFlags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&o.fd, "fd", 0, fmt.Sprintf("Pass the document on file descriptor `N` (%d to %d), and set no "+
		"variables",
		firstDescriptor, lastDescriptor))
	flags.BoolVar(&o.pristine, "pristine", false, "Start from an empty environment")
	addScopeFlag(cmd, &o.requireScope, "require-scope",
		"Refuse a Secret whose entries have a weaker scope than SCOPE: "+
			"strict, namespace-wide or cluster-wide")
	return cmd
}

func (o *execOptions) addVariableFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.prefix, "prefix", "", "Begin the names of the variables of NAME with this `PREFIX`")
	flags.StringSliceVar(&o.only, "only", nil, "Set only the variables of NAME with these `NAMES`, without the prefix "+
		"(recommended; default all)")
	flags.StringSliceVar(&o.allow, "allow", nil, "Also set the variables with these `NAMES`, with the prefix, "+
		"although they affect more than their own value, such as PATH and HTTPS_PROXY")
	flags.BoolVar(&o.upper, "upper", false, "Write the names of fields and entries in upper case")
	flags.Var(targetFlag{"NAME=SECRET/ENTRY", appendTo(&o.env, parseNamedEnv)}, "env",
		"Set a variable to an entry, or with #PATH to a field of it (can be repeated)")
	flags.Var(targetFlag{"[PREFIX=]SECRET", appendTo(&o.envFrom, parseEnvFrom)}, "env-from",
		"Set a variable for each entry of a Secret (can be repeated)")
	flags.Var(targetFlag{"DIR", appendTo(&o.envDirs, delivery.ParsePath)}, "env-dir",
		"Set a variable for each file of a directory (can be repeated)")
}

// check reads the command line, and finds the command.
func (o *execOptions) check(args []string, dash int) (err error) {
	switch {
	case dash < 0 || dash == len(args):
		return usagef("specify the command after --: kubectl vaultseal exec NAME -- COMMAND")
	case dash == 0 && !o.hasOwnVariables():
		return usagef("specify the Secret to open: kubectl vaultseal exec NAME -- COMMAND; or use --env, --env-from " +
			"or --env-dir")
	case dash == 0 && (o.prefix != "" || len(o.only) > 0):
		return usagef("--prefix and --only are about the Secrets that NAME specifies")
	case o.fd != 0 && (o.fd < firstDescriptor || o.fd > lastDescriptor):
		return usagef("--fd %d: want a number from %d to %d", o.fd, firstDescriptor, lastDescriptor)
	case o.fd != 0 && (o.prefix != "" || len(o.only)+len(o.allow) > 0 || o.upper || o.hasOwnVariables()):
		return usagef("--fd sets no variables: it excludes --prefix, --only, --allow, --upper and --env*")
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

// hasOwnVariables reports whether there are variables without a NAME.
func (o *execOptions) hasOwnVariables() bool { return len(o.env)+len(o.envFrom)+len(o.envDirs) > 0 }

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
	text, err := onlyText(opened[o.names[0]])
	if err != nil {
		return err
	}
	return child.runWith(ctx, o.fd, text)
}

// open opens the Secrets, in the order of their names on the command line, and revokes what it logged in with.
func (o *execOptions) open(ctx context.Context) (map[string]map[string][]byte, error) {
	names, entries := o.sources()
	if len(names) == 0 {
		return nil, nil
	}
	c, err := o.globals.connect(ctx, connectOptions{needs: config.Needs{Part: config.Reader},
		leastScope: o.requireScope.Scope})
	if err != nil {
		return nil, err
	}
	defer c.close(ctx)
	opened := make(map[string]map[string][]byte, len(names))
	for _, name := range names {
		if some := entries[name]; some != nil {
			opened[name], err = c.OpenEntries(ctx, c.namespace, name, some)
		} else {
			opened[name], err = c.Open(ctx, c.namespace, name)
		}
		if err != nil {
			return nil, err
		}
	}
	return opened, nil
}

func (o *execOptions) environment(opened map[string]map[string][]byte, inherited []string) ([]string, error) {
	env := newChildEnv()
	env.prefix, env.upper, env.only, env.allow = o.prefix, o.upper, o.only, o.allow
	for _, name := range o.names {
		if err := env.add(name, opened[name]); err != nil {
			return nil, err
		}
	}
	for _, from := range o.envFrom {
		env.addAll(from, opened[from.secret])
	}
	for _, dir := range o.envDirs {
		found, err := envOfDir(dir)
		if err != nil {
			return nil, err
		}
		for _, v := range found {
			env.name(v)
		}
	}
	for _, one := range o.env {
		value, err := one.value(opened[one.entry.Secret][one.entry.Name])
		if err != nil {
			return nil, err
		}
		env.name(variable{one.name, value, fmt.Sprintf("secret %s entry %q", one.entry.Secret, one.entry.Name)})
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
