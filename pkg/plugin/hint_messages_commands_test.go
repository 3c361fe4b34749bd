package plugin

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/internal/kube"
	"github.com/vaultseal/kubectl-vaultseal/internal/manifest"
	"github.com/vaultseal/kubectl-vaultseal/internal/merge"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/setup"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// commandHints are the hints that a command gives because it knows more than the error's type, by function.
func commandHints() map[string]string {
	const again = "kubectl vaultseal rotate --if-older-than 10m -A"
	inTeam := func(namespace string) engine.Stored {
		return engine.Stored{Secret: &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "app"}}}
	}
	hints := map[string]string{
		"blockedHint":              strings.Join(blockedHint(1, again), "\n"),
		"leftImmutableHint":        leftImmutableHint(),
		"leftManagedHint":          leftManagedHint(),
		"noneOpensHint":            noneOpensHint(" -A"),
		"rotatePastBrokenHint":     rotatePastBrokenHint(" -A"),
		"rewrapOthersHint":         rewrapOthersHint(),
		"thenFinish":               thenFinish("", again),
		"unattendedRetireHint":     unattendedRetireHint(),
		"unlabelledHint":           unlabelledHint("rotate", " -n team-a", false),
		"documentFormatHint":       documentFormatHint(),
		"emptyAnswerHint":          emptyAnswerHint(),
		"emptyDocumentHint":        emptyDocumentHint(),
		"emptyStdinHint":           emptyStdinHint(),
		"emptyValueHint":           emptyValueHint(),
		"manifestNotDocumentHint":  manifestNotDocumentHint(),
		"namedStdinHint":           namedStdinHint("--from-file"),
		"namedStdinOrManifestHint": namedStdinOrManifestHint(),
		"nothingToSealHint":        nothingToSealHint(),
		"hintIn": hintIn("app.yaml", &kube.AccountError{Account: config.Account{Namespace: "team-a", Name: "vaultseal"},
			Err: kube.ErrAccountNotFound}),
		"sealManyHint": sealManyHint(),
		"gitCacheHint": gitCacheHint(),
		"gitConflictHint": gitConflictHint("deploy/app.yaml",
			[]merge.Conflict{{Namespace: "team-a", Name: "app", Entry: "token", Err: merge.ErrBothChanged}}),
		"gitConflictHint (another place)": gitConflictHint("deploy/app.yaml", []merge.Conflict{
			{Namespace: "default", Name: "app", Entry: "config.json", Err: merge.ErrOtherBinding}}),
		"gitConflictHint (place)": gitConflictHint("deploy/app.yaml", []merge.Conflict{
			{Namespace: "default", Name: "app", Entry: "config.json", Err: merge.ErrPlace}}),
		"gitConflictHint (twice)": gitConflictHint("deploy/app.yaml", []merge.Conflict{
			{Namespace: "default", Name: "app", Err: merge.ErrTwice}}),
		"gitConflictHint (Vault)": gitConflictHint("deploy/app.yaml",
			[]merge.Conflict{{Namespace: "team-a", Name: "app", Entry: "token", Err: transit.ErrDenied}}),
		"gitConflictHint (namespace)": gitConflictHint("deploy/app.yaml",
			[]merge.Conflict{{Namespace: "team-b", Name: "app", Entry: "token",
				Err: &manifest.OtherNamespaceError{Name: "app", Namespace: "team-b", Working: "team-a"}}}),
		"manyNamespacesHint":      manyNamespacesHint(),
		"namespaceHint":           namespaceHint([]engine.Stored{inTeam("team-a")}),
		"namespaceHint (several)": namespaceHint([]engine.Stored{inTeam("team-a"), inTeam("team-b")}),
		"neitherNameNorEntryHint": neitherNameNorEntryHint([]string{"team-a/app"},
			[]string{"password", "user"}),
		"neitherNameNorEntryHint (several)": neitherNameNorEntryHint([]string{"team-a/app", "team-a/web"}, nil),
		"fileConflictHint":                  fileConflictHint(),
		"plainTypeHint":                     plainTypeHint(),
		"sealPlainTypeHint":                 sealPlainTypeHint(),
		"noSecretInManifestsHint":           noSecretInManifestsHint(),
		"otherSecretsHint":                  otherSecretsHint([]string{"team-a/app", "team-a/web"}),
		"plaintextManifestHint":             plaintextManifestHint(),
		"unreadManifestHint":                unreadManifestHint([]string{"team-a/app", "team-a/web"}),
		"confirmKeysHint":                   confirmKeysHint("kubectl vaultseal setup --shared-key team/app"),
		"confirmMountHint":                  confirmMountHint("kubectl vaultseal setup --vault-auth-mount dev"),
		"notSetUpHint":                      notSetUpHint("team-a"),
		"vaultTokenHint":                    vaultTokenHint(false),
		"vaultTokenHint for OpenBao":        vaultTokenHint(true),
		"ambiguousWordHint":                 ambiguousWordHint("app"),
		"editorHint":                        editorHint(),
		"fileNameHint":                      fileNameHint(),
		"fromKeyHint":                       fromKeyHint(),
		"helpHint":                          helpHint("kubectl vaultseal create"),
		"noEntryAgainstHint":                noEntryAgainstHint([]string{"password", "user"}),
		"unknownCommandHint":                unknownCommandHint("view"),
		"pinnedHint":                        pinnedHint(),
		"variablesHint":                     variablesHint(),
	}
	g := &globals{process: Process{Args: []string{"setup"}}, configNamespace: "vaultseal-system"}
	hints["confirmVaultHint"] = g.confirmVaultHint([]config.Unsaid{
		{Setting: config.VaultAddr, Value: "https://vault.example"}, {Setting: config.VaultCACert, Value: "PEM"}})
	maps.Copy(hints, verifyHints())
	maps.Copy(hints, scriptHints())
	return hints
}

// verifyHints are those of verify for each kind of finding.
func verifyHints() map[string]string {
	hints := map[string]string{}
	other := &engine.OtherKeyError{Namespace: "team-a", Name: "app",
		Annotated: sampleKey(), Configured: transit.Key{Mount: "transit", Name: "team-b"}}
	for _, o := range []struct {
		where   string
		options *verifyOptions
	}{
		{"cluster", &verifyOptions{selection: &selectionFlags{}}},
		{"files", &verifyOptions{selection: &selectionFlags{manifests: manifestFlags{paths: []string{"deploy"}}}}},
	} {
		o.options.requireScope = scopeFlag{Scope: sealed.Strict}
		for _, status := range []engine.EntryStatus{engine.Stale, engine.Overdue, engine.Broken, engine.Unsealed,
			engine.Plaintext, engine.ForeignKey, engine.Unbound, engine.WeakScope, engine.Missing} {
			report := &engine.VerificationReport{Findings: []engine.Finding{{Namespace: "team-a", Name: "app",
				Status: status}}}
			report.Summary.Findings = map[engine.EntryStatus]int{status: 1}
			if status == engine.ForeignKey {
				report.Findings[0].Err = other
			}
			hints[fmt.Sprintf("findingsHint (%s, %s)", status, o.where)] = o.options.findingsHint(
				&verificationView{VerificationReport: report}, engine.Selection{Namespaces: []string{"team-a"}})
		}
	}
	return hints
}

// scriptHints are those of the script that setup --print-vault prints.
func scriptHints() map[string]string {
	return map[string]string{
		"scriptHint (mount)": scriptHint(&setup.OthersMountError{AuthMount: "kubernetes"}),
		"scriptHint (keys)":  scriptHint(&setup.UsedKeysError{AuthMount: "kubernetes", Used: "team/app"}),
		"scriptHint (key)":   scriptHint(&setup.InheritedKeyError{Key: sampleKey(), Namespace: "team-a"}),
	}
}

// commandBlocks are what the golden file says of the hints of commands.
func commandBlocks(t *testing.T) string {
	t.Helper()
	hints := commandHints()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(hints)) {
		if hints[name] == "" || strings.Contains(hints[name], "%!") {
			t.Errorf("%s: the hint is %q", name, hints[name])
		}
		checkMentions(t, hints[name])
		text.WriteString(name + "\n")
		for line := range strings.Lines(hints[name]) {
			text.WriteString("hint: " + strings.TrimSuffix(line, "\n") + "\n")
		}
		text.WriteString("\n")
	}
	return text.String()
}

// TestCommandHintsHaveSamples finds each function that makes hints for commands alone.
func TestCommandHintsHaveSamples(t *testing.T) {
	samples := map[string]bool{}
	for name := range commandHints() {
		name, _, _ = strings.Cut(name, " ")
		samples[name] = true
	}
	for _, path := range []string{"hint_input.go", "hint_rotate.go", "hint_usage.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			made, ok := declaration.(*ast.FuncDecl)
			if ok && strings.HasSuffix(made.Name.Name, "Hint") && !samples[made.Name.Name] {
				t.Errorf("%s: %s has no sample in commandHints", path, made.Name.Name)
			}
		}
	}
}
