package plugin

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

// maxVerbosity is the highest log level. From 8 on client-go prints bodies,
// the answer to a TokenRequest among them.
const maxVerbosity = 7

// addLogFlags adds klog's -v and --vmodule, both capped.
func addLogFlags(flags *pflag.FlagSet) {
	all := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(all)
	verbosity, modules := all.Lookup("v"), all.Lookup("vmodule")
	if err := all.Set("stderrthreshold", "FATAL"); err != nil { // quietLog gives klog the stderr that it is to use
		panic(err) // klog has that flag
	}
	flags.VarP(&cappedLevel{verbosity.Value}, "v", "v",
		fmt.Sprintf("Log level, at most %d: above it Kubernetes' client would log secrets", maxVerbosity))
	flags.Var(&cappedModules{modules.Value}, "vmodule", "Log levels by source file")
}

// cappedLevel is a log level that stays below the one at which bodies are printed.
type cappedLevel struct{ flag.Value }

func (l *cappedLevel) Type() string { return "LEVEL" }

func (l *cappedLevel) Set(text string) error {
	level, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("want a number")
	}
	return l.Value.Set(strconv.Itoa(min(level, maxVerbosity)))
}

// cappedModules is the same for single source files.
type cappedModules struct{ flag.Value }

func (m *cappedModules) Type() string { return "PATTERN=N,..." }

func (m *cappedModules) Set(text string) error {
	rules := strings.Split(text, ",")
	for i, rule := range rules {
		pattern, level, _ := strings.Cut(rule, "=")
		n, err := strconv.Atoi(level)
		if err != nil {
			return fmt.Errorf("want PATTERN=N")
		}
		rules[i] = pattern + "=" + strconv.Itoa(min(n, maxVerbosity))
	}
	return m.Value.Set(strings.Join(rules, ","))
}

// quietLog drops what Kubernetes' client logs, unless a level was asked for:
// what matters comes back as an error. What is logged goes through the filter of stderr.
func (g *globals) quietLog() {
	if !g.logFlags.Changed("v") && !g.logFlags.Changed("vmodule") {
		klog.SetLogger(logr.Discard())
		return
	}
	klog.SetOutputBySeverity("INFO", g.process.ErrOut) // which gets what is more severe too
	for _, severity := range []string{"WARNING", "ERROR", "FATAL"} {
		klog.SetOutputBySeverity(severity, io.Discard)
	}
	klog.LogToStderr(false)
}
