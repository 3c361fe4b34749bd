package test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are what scripts can say besides testscript's own:
//
//	vaultseal ARGS…         run the plugin; fails unless it exits 0
//	raced                    from here on the race detector watches the plugin, which starts four times as slowly
//	                         then: for commands that do much at once, log in again or are broken off
//	exits CODE ARGS…        run the plugin, and it must exit with CODE,
//	                        with one "error:" line on stderr unless CODE is 0
//	vault METHOD PATH [JSON] speak to Vault as its root; stdout is the answer
//	asvaultroot             $VAULT_TOKEN is that of Vault's root from here on
//	vaultas TOKEN METHOD PATH [JSON]  the same with a token of one's own
//	jsonfield PATH FILE      print one field of a JSON file, as data.ciphertext
//	mark                     forget what the audit logs hold up to here
//	vaultcalls               stdout: what the namespace's accounts asked of Vault since mark
//	kubecalls                stdout: what the plugin asked of the API server in $NS since mark
//	noleak SECRET FILE…      no file holds SECRET, nor its base64, hex or JSON form, nor a token
//	noleakaudit SECRET       the API server's audit log of the script does not hold SECRET in any of those forms
//	b64 FILE                 stdout: the file as base64
//	decodeto FILE TEXT       write what the base64 TEXT stands for
//	kubeletvolume SECRET DIR [ENTRY…]  write a Secret to DIR as kubelet writes a volume
//
// kubectl finds the plugin in PATH and becomes it, with the same environment and the arguments after the
// plugin's name, but takes longer than the plugin does to start: scripts say `exec kubectl vaultseal` where that
// is what they test.
//
// proxyCommands put proxies before the servers, serverCommands start others, policyCommands act as accounts of Vault,
// terminalCommands run on a terminal, hostileTextCommands search for data that sends commands to one.
func commands() map[string]command {
	all := map[string]command{
		"vaultseal":   runVaultseal,
		"raced":       runRaced,
		"exits":       runExits,
		"vault":       runVault,
		"vaultas":     runVaultAs,
		"asvaultroot": runAsVaultRoot,
		"jsonfield":   runJSONField,
		"mark":        runMark,
		"vaultcalls":  runVaultCalls,
		"kubecalls":   runKubeCalls,
		"noleak":      runNoLeak,
		"noleakaudit": runNoLeakAudit,
		"b64":         runBase64,
		"decodeto":    runDecodeTo,

		"kubeletvolume": runKubeletVolume,
	}
	maps.Copy(all, proxyCommands())
	maps.Copy(all, serverCommands())
	maps.Copy(all, policyCommands())
	maps.Copy(all, terminalCommands())
	maps.Copy(all, hostileTextCommands())
	return all
}

func runVaultseal(ts *testscript.TestScript, neg bool, args []string) {
	defer theRuns.timed(ts, args)()
	err := ts.Exec("kubectl-vaultseal", args...)
	if neg != (err != nil) {
		ts.Fatalf("kubectl vaultseal %s: %v", strings.Join(args, " "), err)
	}
}

func runRaced(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: raced")
	}
	_, err := os.Stat(theStack.raced)
	ts.Check(err)
	ts.Setenv("PATH", theStack.raced+string(os.PathListSeparator)+ts.Getenv("PATH"))
}

var exitStatus = regexp.MustCompile(`exit status (\d+)`)

func runExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS…")
	}
	checkBrokenDiagnosis(ts, args[0], args[1:])
	defer theRuns.timed(ts, args)()
	err := ts.Exec("kubectl-vaultseal", args[1:]...)
	code := "0"
	if err != nil {
		found := exitStatus.FindStringSubmatch(err.Error())
		if found == nil {
			ts.Fatalf("kubectl vaultseal %s: %v", strings.Join(args[1:], " "), err)
		}
		code = found[1]
	}
	stderr := ts.ReadFile("stderr")
	if code != args[0] {
		ts.Fatalf("kubectl vaultseal %s: exit code %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
	errors := 0
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "error: ") {
			errors++
		}
	}
	if want := min(1, int(code[0]-'0')); errors != want {
		ts.Fatalf("%d error lines on stderr, want %d", errors, want)
	}
}

func runVault(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: vault METHOD PATH [JSON]")
	}
	answer, err := theStack.vaultRequest(context.Background(), args[0], args[1], []byte(strings.Join(args[2:], " ")))
	if neg != (err != nil) {
		ts.Fatalf("%v", err)
	}
	fmt.Fprintln(ts.Stdout(), string(answer))
}

func runVaultAs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: vaultas TOKEN METHOD PATH [JSON]")
	}
	as := theStack
	as.rootToken = args[0]
	answer, err := as.vaultRequest(context.Background(), args[1], args[2], []byte(strings.Join(args[3:], " ")))
	if neg != (err != nil) {
		ts.Fatalf("%v", err)
	}
	fmt.Fprintf(ts.Stdout(), "%s\n", answer)
}

func runAsVaultRoot(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("VAULT_TOKEN", theStack.rootToken)
}

func runJSONField(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: jsonfield PATH FILE")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &value))
	for _, name := range strings.Split(args[0], ".") {
		object, ok := value.(map[string]any)
		if !ok || object[name] == nil {
			ts.Fatalf("no field %s", args[0])
		}
		value = object[name]
	}
	fmt.Fprint(ts.Stdout(), value)
}

func runMark(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(ts.Value(markKey{}).(*marks).move())
}

func runVaultCalls(ts *testscript.TestScript, _ bool, _ []string) {
	events, err := eventsSince[vaultEvent](theStack.vaultAudit, ts.Value(markKey{}).(*marks).vault)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), strings.Join(vaultCalls(events, ts.Getenv("NS")), "\n"))
}

func runKubeCalls(ts *testscript.TestScript, _ bool, _ []string) {
	events, err := eventsSince[kubeEvent](theStack.kubeAudit, ts.Value(markKey{}).(*marks).kube)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), strings.Join(kubeCalls(events, ts.Getenv("NS")), "\n"))
}

// forms are the ways in which a secret could show.
func forms(secret string) []string {
	var escaped bytes.Buffer
	_ = json.NewEncoder(&escaped).Encode(secret)
	out := []string{secret, hex.EncodeToString([]byte(secret)), strings.Trim(strings.TrimSpace(escaped.String()), `"`)}
	// Base64 looks different at each of three offsets; leave out the characters that neighbours change.
	for offset := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + secret))
		skip := []int{0, 2, 3}[offset]
		out = append(out, encoded[skip:len(encoded)-4])
	}
	return out
}

// token finds Vault's tokens and JWTs.
var token = regexp.MustCompile(`hv[sbr]\.[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`)

func runNoLeak(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: noleak SECRET FILE…")
	}
	for _, name := range args[1:] {
		text := withDumps(ts.ReadFile(name))
		for i, form := range forms(args[0]) {
			if strings.Contains(text, form) {
				ts.Fatalf("%s holds the secret, in form %d", name, i)
			}
		}
		if token.MatchString(text) {
			ts.Fatalf("%s holds a token", name)
		}
	}
}

func runNoLeakAudit(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: noleakaudit SECRET")
	}
	lines, err := linesSince(theStack.kubeAudit, ts.Value(markKey{}).(*marks).begin)
	ts.Check(err)
	for _, line := range lines {
		for _, form := range forms(args[0]) {
			if bytes.Contains(line, []byte(form)) {
				if neg {
					return
				}
				ts.Fatalf("the API server's audit log holds the secret: %.300s", line)
			}
		}
	}
	if neg {
		ts.Fatalf("the API server's audit log does not hold the secret")
	}
}

func runBase64(ts *testscript.TestScript, _ bool, args []string) {
	fmt.Fprint(ts.Stdout(), base64.StdEncoding.EncodeToString([]byte(ts.ReadFile(args[0]))))
}

func runDecodeTo(ts *testscript.TestScript, _ bool, args []string) {
	content, err := base64.StdEncoding.DecodeString(strings.TrimSpace(args[1]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}
