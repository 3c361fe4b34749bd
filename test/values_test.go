package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// valueCommands move values between scripts, files and Vault, without any code of the plugin's.
//
//	setenv NAME FILE                 $NAME is the file's text, trimmed
//	expand FILE…                     replace $NAME and ${NAME} in files by the script's variables
//	rawseal KEY FILE [CONTEXT]       stdout: the file's bytes sealed by Vault's root with transit/KEY
//	rawopen [NS/]NAME ENTRY KEY [CONTEXT]  stdout: that entry of a live Secret, opened by Vault's root
//	namespace NAME                   make another namespace, with the sealer's ServiceAccount
//	times COUNT ARGS…                run the plugin that often, with 1, 2, … for each %
func valueCommands() map[string]command {
	return map[string]command{
		"setenv":    runSetenv,
		"expand":    runExpand,
		"rawseal":   runRawSeal,
		"rawopen":   runRawOpen,
		"namespace": runNamespace,
		"times":     runTimes,
	}
}

func runSetenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

func runExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand FILE…")
	}
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func runRawSeal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: rawseal KEY FILE [CONTEXT]")
	}
	item := map[string]any{"plaintext": []byte(ts.ReadFile(args[1]))}
	if len(args) == 3 {
		item["context"] = []byte(args[2])
	}
	ciphertexts, err := theStack.encrypt(args[0], []map[string]any{item})
	ts.Check(err)
	fmt.Fprint(ts.Stdout(), ciphertexts[0])
}

func runRawOpen(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: rawopen [NS/]NAME ENTRY KEY [CONTEXT]")
	}
	namespace, name, qualified := strings.Cut(args[0], "/")
	if !qualified {
		namespace, name = ts.Getenv("NS"), args[0]
	}
	secret, err := theStack.secret(namespace, name)
	ts.Check(err)
	item := map[string]any{"ciphertext": string(secret.Data[args[1]])}
	if len(args) == 4 {
		item["context"] = []byte(args[3])
	}
	plaintexts, err := theStack.decrypt(args[2], []map[string]any{item})
	if neg != (err != nil) {
		ts.Fatalf("rawopen %s: %v", strings.Join(args, " "), err)
	}
	if err == nil {
		_, _ = ts.Stdout().Write(plaintexts[0])
	}
}

func runNamespace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: namespace NAME")
	}
	ts.Check(theStack.addNamespace(args[0]))
	ts.Defer(func() { theStack.dropNamespace(args[0]) })
}

func runTimes(ts *testscript.TestScript, neg bool, args []string) {
	count, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: times COUNT ARGS…")
	}
	for i := range count {
		one := make([]string, len(args)-1)
		for j, arg := range args[1:] {
			one[j] = strings.ReplaceAll(arg, "%", strconv.Itoa(i+1))
		}
		runVaultseal(ts, false, one)
	}
}

// batch sends items to an operation of Vault's Transit engine.
func (s stack) batch(operation, key string, items []map[string]any, results any) error {
	path := "transit/" + operation + "/" + key
	answer, err := s.vaultRequest(context.Background(), "POST", path, mustJSON(map[string]any{"batch_input": items}))
	if err != nil {
		return err
	}
	body := struct {
		Data struct {
			Results any `json:"batch_results"`
		} `json:"data"`
	}{}
	body.Data.Results = results
	return json.Unmarshal(answer, &body)
}

func (s stack) encrypt(key string, items []map[string]any) ([]string, error) {
	var results []struct {
		Ciphertext string `json:"ciphertext"`
	}
	if err := s.batch("encrypt", key, items, &results); err != nil {
		return nil, err
	}
	ciphertexts := make([]string, len(results))
	for i := range results {
		ciphertexts[i] = results[i].Ciphertext
	}
	return ciphertexts, nil
}

func (s stack) decrypt(key string, items []map[string]any) ([][]byte, error) {
	var results []struct {
		Plaintext string `json:"plaintext"`
	}
	if err := s.batch("decrypt", key, items, &results); err != nil {
		return nil, err
	}
	plaintexts := make([][]byte, len(results))
	for i := range results {
		plaintext, err := base64.StdEncoding.DecodeString(results[i].Plaintext)
		if err != nil {
			return nil, err
		}
		plaintexts[i] = plaintext
	}
	return plaintexts, nil
}
