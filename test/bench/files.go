package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	mountedName      = "mounted"
	agentOfBareFiles = "vaultseal-barefiles"
)

// measureFiles measures what an injected init container runs, as whole processes: beside the bare chain, which is
// linked with client-go as the plugin is, and beside the least that a process can do.
func measureFiles(ctx context.Context, s *stage, o options, r *report) error {
	bare, files, err := fileCommands(ctx, s)
	if err != nil {
		return fmt.Errorf("set up files: %w", err)
	}
	chain := command{Name: "bare chain beside files", agent: agentOfBare, check: isExactly(document()),
		argv: []string{s.programs.bareChain, s.namespace, mountedName}}
	commands := []command{bare, files, chain}
	progress("measuring %d rounds of files", o.warmups+o.repeats)
	samples, err := interleave(ctx, commands, s.environment(), o)
	if err != nil {
		return err
	}
	for i, command := range commands {
		r.Timings = append(r.Timings, timingOf(command, samples[i]))
	}
	counts, err := countRequests(ctx, s, commands)
	if err != nil {
		return err
	}
	r.Requests = append(r.Requests, counts...)
	gauged, err := files.runGauged(ctx, s.programs.gauge, s.environment())
	if err != nil {
		return err
	}
	measured := series{files, samples[1]}
	r.Verdicts = append(r.Verdicts, compare(measured, series{chain, samples[2]}, atMost(1.3)),
		compare(measured, series{bare, samples[0]}, limit{}),
		judge("requests of files to Vault", float64(len(counts[1].Vault)), "", atMost(float64(len(counts[0].Vault)))),
		judge("peak memory of files", float64(gauged.peak)/(1<<20), "MiB", limit{}))
	return nil
}

// fileCommands seals a Secret and writes its ciphertext to a file, as kubelet does, beside a token for Vault.
func fileCommands(ctx context.Context, s *stage) (bare, files command, err error) {
	plaintext, input := document(), filepath.Join(s.dir, entryName)
	if err := os.WriteFile(input, plaintext, 0o600); err != nil {
		return bare, files, err
	}
	create := command{Name: "create", check: anything, argv: []string{s.programs.plugin, "-n", s.namespace, "create",
		mountedName, "-f", input}}
	if _, err := create.run(ctx, s.environment()); err != nil {
		return bare, files, err
	}
	secret, err := s.core.Secrets(s.namespace).Get(ctx, mountedName, metav1.GetOptions{})
	if err != nil {
		return bare, files, err
	}
	seconds := int64(3600)
	token, err := s.core.ServiceAccounts(s.namespace).CreateToken(ctx, serviceAccount, &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{Audiences: []string{"vault"}, ExpirationSeconds: &seconds},
	}, metav1.CreateOptions{})
	if err != nil {
		return bare, files, err
	}
	sealed, opened := filepath.Join(s.dir, "sealed"), filepath.Join(s.dir, "opened")
	tokenFile := filepath.Join(s.dir, "token")
	for _, dir := range []string{sealed, opened} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return bare, files, err
		}
	}
	ciphertext := filepath.Join(sealed, entryName)
	if err := os.WriteFile(ciphertext, secret.Data[entryName], 0o600); err != nil {
		return bare, files, err
	}
	if err := os.WriteFile(tokenFile, []byte(token.Status.Token), 0o600); err != nil {
		return bare, files, err
	}
	file := filepath.Join(opened, entryName)
	bare = command{Name: "bare files", agent: agentOfBareFiles, check: wrote(file, plaintext),
		argv: []string{s.programs.bareFiles, tokenFile, ciphertext, file}}
	files = command{Name: "files", agent: agentOfPlugin, check: wrote(file, plaintext),
		argv: []string{s.programs.plugin, "files", "--sealed=" + sealed + "=" + mountedName + ",scope=unbound",
			"--file=" + file + "=" + mountedName + "/" + entryName, "--namespace=" + s.namespace,
			"--service-account-token-file=" + tokenFile, "--vault-role=" + serviceAccount}}
	return bare, files, nil
}

// wrote checks a file and removes it, so that the next repetition writes it again.
func wrote(path string, want []byte) func([]byte) error {
	return func([]byte) error {
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := isExactly(want)(got); err != nil {
			return err
		}
		return os.Remove(path)
	}
}
