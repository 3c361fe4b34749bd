package plugin

import (
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

func newFlagSet() *pflag.FlagSet { return pflag.NewFlagSet("test", pflag.ContinueOnError) }

func TestVerbosityIsCapped(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "4": "4", "7": "7", "8": "7", "10": "7", "+9": "7",
		"99999": "7"} {
		t.Run(text, func(t *testing.T) {
			all := keepLogLevels(t)
			flags := newFlagSet()
			addLogFlags(flags)
			if err := flags.Parse([]string{"-v", text}); err != nil {
				t.Fatal(err)
			}
			if got := all.Lookup("v").Value.String(); got != want {
				t.Errorf("-v %s is %s, want %s", text, got, want)
			}
		})
	}
}

func TestBodiesAreNeverLogged(t *testing.T) {
	keepLogLevels(t)
	flags := newFlagSet()
	addLogFlags(flags)
	if err := flags.Parse([]string{"-v", "10", "--vmodule", "logging_test=10,*=10"}); err != nil {
		t.Fatal(err)
	}
	if klog.V(8).Enabled() {
		t.Error("level 8 is on")
	}
}

func TestModulesAreCapped(t *testing.T) {
	for text, want := range map[string]string{
		"x=10": "x=7", "x=3": "x=3", "a=1,request=9,b=8": "a=1,request=7,b=7",
		"round_trippers*=10": "round_trippers*=7",
	} {
		t.Run(text, func(t *testing.T) {
			all := keepLogLevels(t)
			flags := newFlagSet()
			addLogFlags(flags)
			if err := flags.Parse([]string{"--vmodule", text}); err != nil {
				t.Fatal(err)
			}
			if got := all.Lookup("vmodule").Value.String(); got != want {
				t.Errorf("--vmodule %s is %s, want %s", text, got, want)
			}
		})
	}
}

func TestLogFlagsRefuse(t *testing.T) {
	for _, args := range [][]string{
		{"-v", "x"}, {"-v", ""}, {"-v", "8x"}, {"-v", "0x10"}, {"--vmodule", "x"}, {"--vmodule", "x="},
		{"--vmodule", "x=y"}, {"--vmodule", "x=1=9"},
	} {
		keepLogLevels(t)
		flags := newFlagSet()
		addLogFlags(flags)
		if err := flags.Parse(args); err == nil {
			t.Errorf("%v: want an error", args)
		}
	}
}

func TestOnlyTwoLogFlags(t *testing.T) {
	var names []string
	tree().logFlags.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	if len(names) != 2 || names[0] != "v" || names[1] != "vmodule" {
		t.Errorf("log flags %v, want v and vmodule", names)
	}
}
