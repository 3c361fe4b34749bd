package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/vaultseal/kubectl-vaultseal/test/robustness/history"
	"github.com/vaultseal/kubectl-vaultseal/test/robustness/model"
	"github.com/vaultseal/kubectl-vaultseal/test/servers"
)

// options are the flags.
type options struct {
	duration, round   time.Duration
	kills, operations int
	clients, raw      int
	rawPause          time.Duration
	faults, restarts  bool
	seed              uint64
	plugin, dir       string
	mistake           string
	histories         bool
	historyFile       string
}

func parse(args []string) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("robustness", flag.ContinueOnError)
	flags.DurationVar(&o.duration, "duration", 45*time.Second, "begin no round after this time")
	flags.DurationVar(&o.round, "round", 20*time.Second, "time of one round, which has its own Secrets and is checked")
	flags.IntVar(&o.kills, "kills", 0, "end when this many commands were killed and -operations are done, in all runs "+
		"with the same -dir; 0: after -duration")
	flags.IntVar(&o.operations, "operations", 0, "see -kills")
	flags.IntVar(&o.clients, "clients", 6, "clients that run commands")
	flags.IntVar(&o.raw, "raw", 2, "clients that write and read Secrets without the plugin")
	flags.DurationVar(&o.rawPause, "raw-pause", 300*time.Millisecond, "longest pause of these between operations")
	flags.BoolVar(&o.faults, "faults", true, "break networks and servers")
	flags.BoolVar(&o.restarts, "restarts", true, "also kill an API server, which takes some seconds of CPU time")
	flags.Uint64Var(&o.seed, "seed", 0, "seed of the choices; 0: a random one")
	flags.StringVar(&o.plugin, "plugin", "kubectl-vaultseal", "the plugin to test")
	flags.StringVar(&o.mistake, "mistake", "", "build the plugin with this mistake, which must be found: "+
		"unconditional, old-data or old-listing")
	flags.StringVar(&o.dir, "dir", "robustness-results", "directory for totals and for histories that fail")
	flags.BoolVar(&o.histories, "histories", false, "keep all histories")
	flags.StringVar(&o.historyFile, "history", "", "check this file again, and do nothing else")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	return o, err
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1) //nolint:gocritic // the signal ends with the process
	}
}

// errViolated says that something was found, which was printed.
var errViolated = errors.New("a history is not possible")

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.historyFile != "" {
		return checkFile(o.historyFile)
	}
	s, err := stackFromEnvironment()
	if err != nil {
		return err
	}
	if o.mistake != "" {
		return findMistake(ctx, o, s)
	}
	return work(ctx, o, s)
}

// work runs rounds, and adds to the totals of the directory.
func work(ctx context.Context, o options, s *stack) error {
	p, err := newPaths(s)
	if err != nil {
		return err
	}
	defer p.close()
	totals, err := loadTotals(o.dir)
	if err != nil {
		return err
	}
	session := &session{options: o, stack: s, paths: p, totals: totals,
		durations: &durations{usual: map[history.Kind]time.Duration{}}}
	return session.rounds(ctx)
}

// checkFile checks a history that was kept.
func checkFile(path string) error {
	h, err := history.Load(path)
	if err != nil {
		return err
	}
	result := model.Check(h)
	fmt.Printf("%s: %d operations, %d writes, %d calls at %d Secrets\n", path, len(h.Operations), len(h.Writes),
		result.Calls, result.Secrets)
	return report(result, nil, path)
}

// report prints what is wrong and draws it.
func report(result *model.Result, problems []string, path string) error {
	if len(result.Violations)+len(problems) == 0 {
		return nil
	}
	for _, v := range result.Violations {
		fmt.Println("violation:", v)
	}
	for _, text := range problems {
		fmt.Println("problem:", text)
	}
	pictures, err := result.Draw(path)
	for _, picture := range pictures {
		fmt.Println("picture:", picture)
	}
	return errors.Join(errViolated, err)
}

// session is one run of this program.
type session struct {
	options   options
	stack     *stack
	paths     paths
	totals    *totals
	durations *durations
}

// rounds runs one round after the other.
func (s *session) rounds(ctx context.Context) error {
	end, seeds := time.Now().Add(s.options.duration), rand.New(rand.NewPCG(s.options.seed, 0))
	for ctx.Err() == nil && time.Now().Before(end) && !s.totals.reached(s.options) {
		if err := s.round(ctx, seeds.Uint64()); err != nil {
			return err
		}
	}
	s.totals.print()
	return nil
}

func (s *session) round(ctx context.Context, seed uint64) error {
	if err := s.stack.settle(ctx); err != nil {
		return err
	}
	w, err := newWorld(ctx, s.stack, s.paths, s.options.plugin)
	if err != nil {
		return err
	}
	r, err := newRound(w, s.options, s.durations, seed)
	if err != nil {
		return err
	}
	begun := time.Now()
	h, err := r.run(ctx)
	if err != nil {
		return err
	}
	result := model.Check(h)
	fmt.Printf("%s, %d calls, %v\n", r.summary(h), result.Calls, time.Since(begun).Round(time.Second))
	if err := s.keep(h, result, r); err != nil {
		return err
	}
	_, lost := r.vaultFront.taken()
	s.totals.add(h, r.faults.episodes, lost)
	s.totals.Retirements += r.rises
	return errors.Join(s.totals.save(s.options.dir), w.remove(context.WithoutCancel(ctx)))
}

// keep saves a history that fails, and reports what is wrong.
func (s *session) keep(h *history.History, result *model.Result, r *round) error {
	path := filepath.Join(s.options.dir, fmt.Sprintf("history-%s.jsonl", r.name))
	if failed := len(result.Violations)+len(r.problems) > 0; failed || s.options.histories {
		if err := h.Save(path); err != nil {
			return err
		}
		fmt.Println("history:", path)
	}
	return report(result, r.problems, path)
}

// paths are the ways from the plugin to the servers that all rounds share.
type paths struct {
	kube                  *servers.Kube
	kubeLink, vaultLink   *servers.Link
	kubeFront, vaultFront *front
	dir                   string
}

func newPaths(s *stack) (p paths, err error) {
	if p.dir, err = os.MkdirTemp("", "robustness-kube-"); err != nil {
		return p, err
	}
	address, err := s.ports.Free()
	if err != nil {
		return p, err
	}
	p.kube, err = servers.NewKube(servers.KubeOptions{Stack: s.dir, Kubeconfig: s.kubeconfig, Dir: p.dir,
		Address: address})
	if err == nil {
		err = p.kube.Start()
	}
	if err != nil {
		return p, err
	}
	if p.kubeLink, err = link(s, "https://"+address); err != nil {
		return p, err
	}
	if p.vaultLink, err = link(s, s.cluster.Balancers.Unchecked); err != nil {
		return p, err
	}
	if p.kubeFront, err = newKubeFront(s); err != nil {
		return p, err
	}
	p.vaultFront, err = newVaultFront(s)
	return p, err
}

func link(s *stack, server string) (*servers.Link, error) {
	address, err := s.ports.Free()
	if err != nil {
		return nil, err
	}
	return servers.NewLink(address, server)
}

func (p paths) close() {
	p.kube.Kill()
	p.kubeLink.Cut()
	p.vaultLink.Cut()
	_ = os.RemoveAll(p.dir)
}
