package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A ConfigMap may say where tokens that are requested go, and the plaintext with them. It must not say where a token
// from outside goes, for whom a token is requested, or whose token that is beyond the namespaces of the Secret and of
// the ConfigMap.

// configWalk is a namespace with a hostile ConfigMap, and a user who is an administrator of Vault.
type configWalk struct {
	tenant

	outside string // VAULT_TOKEN
}

// configCommands are those that read the ConfigMap.
func configCommands() []walkCommand {
	return []walkCommand{
		{name: "view", words: "view good b"},
		{name: "setup namespace", words: "setup namespace NAME --dry-run=server"},
		{name: "create", words: "create new --from-file=b=DIR/b --overwrite"},
		{name: "rotate", words: "rotate --rewrap-only good"},
		{name: "view, method token", words: "view good b --vault-auth-method token"},
		{name: "doctor", words: "doctor"},
	}
}

// TestWalkConfigMap walks the keys of the ConfigMap.
func TestWalkConfigMap(t *testing.T) {
	w := newWalk(t)
	answer, err := theStack.vaultRequest(t.Context(), "POST", "auth/token/create", mustJSON(map[string]any{
		"policies": []string{w.mount}, "no_default_policy": true, "ttl": "1h", "display_name": "outside",
	}))
	check(t, err)
	outside, err := tokenIn(answer)
	check(t, err)
	t.Run("configmap", func(t *testing.T) {
		for index, key := range configMapKeys(t) {
			t.Run(key, func(t *testing.T) {
				t.Parallel()
				n := configWalk{w.newTenant(t, metav1.ObjectMeta{Name: newName()}), outside}
				made, err := n.make(t, n.newVictim("good"))
				if err != nil || !made {
					t.Fatal(made, err)
				}
				n.walkKey(t, key, index)
			})
		}
	})
	w.judgeConfigMap(t, outside)
}

// configValues are what a key is set to.
func (n configWalk) configValues() []string {
	return append(n.hostile(), "vaultseal", "root", "jwt", n.other+"/vaultseal", "https://127.0.0.1:1",
		"unix:///run/vault.sock",
		"http://"+strings.TrimPrefix(n.decoy.address, "https://"), n.other+"-derived", "kubernetes.default.svc")
}

// meets reports whether a key is set to the value of a turn: those that say where a token goes, to each.
func meets(key string, turn int) bool {
	switch key {
	case "vault-addr", "auth-method", "audience", "service-account", "rotator-service-account":
		return true
	}
	return long() || turn%someValues == 0
}

func (n configWalk) walkKey(t *testing.T, key string, index int) {
	t.Helper()
	core, err := theStack.core()
	check(t, err)
	ca, err := os.ReadFile(theStack.vaultCA)
	check(t, err)
	for i, value := range n.configValues() {
		if !meets(key, index+i) {
			continue
		}
		data := map[string]string{
			"vault-addr": theStack.vaultAddr, "vault-ca.crt": string(ca), "auth-method": "jwt", "auth-mount": n.mount,
			"transit-key": "transit/{namespace}-derived", key: value,
		}
		config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "vaultseal"}, Data: data}
		if _, err := core.ConfigMaps(n.namespace).Update(t.Context(), config, metav1.UpdateOptions{}); err != nil {
			_, err = core.ConfigMaps(n.namespace).Create(t.Context(), config, metav1.CreateOptions{})
			check(t, err)
		}
		s := step{what: fmt.Sprintf("%s: %.120q", key, value), secret: "good", entries: []string{"b"}}
		commands := configCommands()
		if !long() && value != n.decoy.address {
			commands = []walkCommand{commands[(index+i)%len(commands)], commands[(index+i+1)%len(commands)]}
		}
		for _, command := range commands {
			s.command = command.name
			n.runs(s, func() int { return n.configured(t, command) })
		}
	}
}

// configured runs a command that knows nothing but where the ConfigMap is, and has a token from outside.
func (n configWalk) configured(t *testing.T, command walkCommand) int {
	t.Helper()
	words := strings.Fields(strings.NewReplacer("DIR/", n.files+"/", "NAME", n.namespace).Replace(command.words))
	ctx, cancel := context.WithTimeout(t.Context(), commandEnd)
	defer cancel()
	running := exec.CommandContext(ctx, "kubectl-vaultseal", append(words, "--config-namespace", n.namespace,
		"--request-timeout", "5s")...)
	running.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + n.files, "KUBECONFIG=" + n.kubeconfig,
		"VAULT_TOKEN=" + n.outside, "TMPDIR=" + t.TempDir()}
	var out bytes.Buffer
	running.Stdout, running.Stderr = &out, &out
	err := running.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	if token.Match(out.Bytes()) {
		t.Errorf("%s: a token was printed", command.name)
	}
	return running.ProcessState.ExitCode()
}

// judgeConfigMap looks for the token from outside at both Vaults, and at whose tokens were requested for whom.
func (w *walk) judgeConfigMap(t *testing.T, outside string) {
	t.Helper()
	j := w.judgement()
	vault, err := eventsSince[walkVaultEvent](theStack.vaultAudit, w.vaultBefore)
	check(t, err)
	for _, e := range vault {
		if e.Type == "response" && e.Auth.DisplayName == "token-outside" {
			j.report(t, e.Time, e.Request.Operation+" "+e.Request.Path,
				errors.New("VAULT_TOKEN went where the ConfigMap says"))
		}
		j.counts[e.Request.Path]++
	}
	kube, err := eventsSince[walkKubeEvent](theStack.kubeAudit, w.kubeBefore)
	check(t, err)
	for _, e := range kube {
		if e.Stage == "ResponseComplete" && strings.Contains(e.UserAgent, "vaultseal/") &&
			e.ObjectRef.Subresource == "token" {
			j.report(t, e.Received, e.Verb+" "+e.RequestURI, j.ownToken(e))
		}
	}
	for _, got := range w.decoy.got {
		j.counts["decoy"]++
		if strings.Contains(got.token+got.body, outside) {
			t.Errorf("%s: VAULT_TOKEN went to the address that the ConfigMap says", got.path)
		}
	}
	for _, call := range []string{"token", "nobody's token", "decoy", "auth/" + w.mount + "/login"} {
		if j.counts[call] == 0 {
			t.Errorf("there was no %s", call)
		}
	}
	t.Logf("%d commands, %d requests for tokens, %d requests at the other address", len(w.steps), j.counts["token"],
		j.counts["decoy"])
}

// ownToken judges whose token was requested, and for whom.
func (j *judgement) ownToken(e walkKubeEvent) error {
	audiences, err := e.audiences()
	switch {
	case err != nil:
		return err
	case !slices.ContainsFunc(j.tenants, func(n tenant) bool { return n.namespace == e.ObjectRef.Namespace }):
		return fmt.Errorf("it is an account of namespace %s", e.ObjectRef.Namespace)
	case audiences != nil && !slices.Equal(audiences, []string{"vault"}) && !j.isNobodys(e, audiences):
		return fmt.Errorf("the token is for %v", audiences)
	}
	j.counts["token"]++
	return nil
}

var nobodys = regexp.MustCompile(`^vaultseal-doctor-[a-z2-7]{26}$`)

// isNobodys reports whether doctor has invented the audience, to see whether the role takes any token. It is a new one
// each time, so the ConfigMap has no part in it.
func (j *judgement) isNobodys(e walkKubeEvent, audiences []string) bool {
	s, err := j.stepOf(e.Received, e.ObjectRef.Namespace)
	if err != nil || s.command != "doctor" || len(audiences) != 1 || !nobodys.MatchString(audiences[0]) {
		return false
	}
	j.counts["nobody's token"]++
	began, before := int(s.start.UnixNano()), j.counts[audiences[0]]
	j.counts[audiences[0]] = began
	return before == 0 || before == began // again after an answer that was lost
}
