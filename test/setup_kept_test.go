package test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// TestSetupKeepsWhatAFlagLeavesOut: an installation is made with every flag that there is. Then setup is run again
// without one of them at a time, and with none: nothing that was there is gone, and what only a flag says is named.
func TestSetupKeepsWhatAFlagLeavesOut(t *testing.T) {
	t.Parallel()
	for name, own := range map[string][]string{
		"kubernetes, a key each": {"--vault-auth-method=kubernetes", "--transit-key=KEYS/{namespace}",
			"--kubernetes-host=HOST", "--kubernetes-ca-cert=CA"},
		"jwt, a key each":    {"--vault-auth-method=jwt", "--transit-key=KEYS/{namespace}"},
		"kubernetes, shared": {"--vault-auth-method=kubernetes", "--shared-key=KEYS/app"},
		"jwt, shared":        {"--vault-auth-method=jwt", "--shared-key=KEYS/app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := newSetupNamespace(t)
			flags := ns.flags(own)
			ns.setup(t, flags...)
			before := ns.state(t)
			shared := strings.Contains(name, "shared")
			for n, flag := range flags {
				left := slices.Delete(slices.Clone(flags), n, n+1)
				option, _, _ := strings.Cut(flag, "=")
				switch option {
				case "--config-namespace", "--shared-key": // other installations
					continue
				// which the ConfigMap does not decide
				case "--vault-addr", "--vault-ca-cert", "--vault-tls-server-name", "--transit-key":
					ns.refused(t, left, option)
					continue
				case "--namespaces":
					if shared { // it needs a list
						left = append(left, "--namespaces="+ns.namespace)
					}
				case "--cronjob": // which the others go with
					left = slices.DeleteFunc(left, func(flag string) bool {
						return strings.HasPrefix(flag, "--image") || strings.HasPrefix(flag, "--schedule") ||
							strings.HasPrefix(flag, "--if-older-than")
					})
				}
				ns.unchanged(t, before, flag, left, keptWords()[option])
			}
			none := append([]string{"--config-namespace=" + ns.system}, ns.vault()...)
			if shared {
				none = append(none, "--shared-key="+ns.keys+"/app", "--namespaces="+ns.namespace)
			} else {
				none = append(none, "--transit-key="+ns.keys+"/{namespace}")
			}
			ns.unchanged(t, before, "all flags", none, "CronJob")
		})
	}
}

// keptWords are what is said when a flag is left out that nothing else in the cluster's configuration says.
func keptWords() map[string]string {
	return map[string]string{
		"--allow-retire":      "--allow-retire=false removes it",
		"--encrypt-only-role": "--encrypt-only-role=false removes it",
		"--cronjob":           "--cronjob=false removes it",
		"--schedule":          "--schedule changes it",
		"--if-older-than":     "--if-older-than changes it",
		"--audience":          "--audience with --replace-roles changes it",
		"--kubernetes-host":   "--kubernetes-host changes it",
	}
}

// setupNamespace is a namespace and what belongs to its installation.
type setupNamespace struct {
	kubeconfig string

	namespace, other, system, mount, keys, host, ca string
}

func newSetupNamespace(t *testing.T) setupNamespace {
	t.Helper()
	name := newName()
	ns := setupNamespace{kubeconfig: theStack.kubeconfig, namespace: name, other: name + "-b", system: name + "-s",
		mount: name + "-m", keys: name + "-k"}
	check(t, theStack.addNamespace(ns.namespace))
	check(t, theStack.addNamespace(ns.other))
	t.Cleanup(func() { theStack.dropNamespace(ns.namespace); theStack.dropNamespace(ns.other) })
	config, err := clientcmd.LoadFromFile(theStack.kubeconfig)
	check(t, err)
	for _, cluster := range config.Clusters {
		ns.host = strings.Replace(cluster.Server, "127.0.0.1", "localhost", 1)
		ns.ca = filepath.Join(t.TempDir(), "ca.crt")
		text := append([]byte("a certificate of its own\n"), cluster.CertificateAuthorityData...)
		check(t, os.WriteFile(ns.ca, text, 0o600))
	}
	return ns
}

// flags are all that setup has, but for those that say how it works and not what it makes.
func (p setupNamespace) flags(own []string) []string {
	flags := append(p.vault(), "--config-namespace="+p.system, "--vault-auth-mount="+p.mount, "--audience="+p.namespace,
		"--namespaces="+p.namespace+","+p.other, "--grant=group:devs", "--allow-retire", "--encrypt-only-role",
		"--cronjob", "--image=example.com/vaultseal:v1", "--schedule=0 4 1 * *", "--if-older-than=10d",
	)
	for _, flag := range own {
		flags = append(flags, strings.NewReplacer("KEYS", p.keys, "HOST", p.host, "CA", p.ca).Replace(flag))
	}
	return flags
}

// vault are the flags that describe Vault, which an administrator always gives.
func (p setupNamespace) vault() []string {
	return []string{"--vault-addr=" + theStack.vaultAddr, "--vault-ca-cert=" + theStack.vaultCA,
		"--vault-tls-server-name=localhost"}
}

// refused runs setup without a flag that only the ConfigMap has: it names the flag and does nothing.
func (p setupNamespace) refused(t *testing.T, flags []string, missing string) {
	t.Helper()
	stdout, stderr, err := p.run(t, append([]string{"setup"}, flags...)...)
	if err == nil || stdout != "" || !strings.Contains(stderr, "hint: kubectl vaultseal setup ") ||
		!strings.Contains(stderr, " "+missing+" ") {
		t.Errorf("without %s: %v: %s%s", missing, err, stdout, stderr)
	}
}

// setup runs it as the administrator of both, and returns what it prints.
func (p setupNamespace) setup(t *testing.T, flags ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := p.run(t, append([]string{"setup"}, flags...)...)
	if err != nil {
		t.Fatalf("setup %s: %v: %s", strings.Join(flags, " "), err, stderr)
	}
	return stdout, stderr
}

// run runs the plugin in the namespace, as the administrator of both.
func (p setupNamespace) run(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandEnd)
	defer cancel()
	command := exec.CommandContext(ctx, "kubectl-vaultseal", append(args, "--namespace="+p.namespace)...)
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GORACE=" + raceOptions,
		"KUBECONFIG=" + p.kubeconfig, "VAULT_TOKEN=" + theStack.rootToken,
	}
	var out, errOut strings.Builder
	command.Stdout, command.Stderr = &out, &errOut
	err = command.Run()
	return out.String(), errOut.String(), err
}

// unchanged runs setup with the flags that are left, and compares.
func (p setupNamespace) unchanged(t *testing.T, before map[string]string, without string, flags []string, says string) {
	t.Helper()
	stdout, stderr := p.setup(t, flags...)
	after := p.state(t)
	for name := range maps.Keys(before) {
		if before[name] != after[name] {
			t.Errorf("without %s, %s was\n%s\nand is\n%s", without, name, before[name], after[name])
		}
	}
	for line := range strings.Lines(stdout) {
		if !strings.HasSuffix(line, " unchanged\n") {
			t.Errorf("without %s: %s", without, line)
		}
	}
	if !strings.Contains(stderr, says) {
		t.Errorf("without %s: %q is not said, but %q", without, says, stderr)
	}
}

// state is every object and every setting of the installation.
func (p setupNamespace) state(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{}
	const kinds = "namespaces,serviceaccounts,configmaps,roles,rolebindings,cronjobs,clusterroles,clusterrolebindings"
	text, err := theStack.kubectl("", "get", kinds, "-A", "-l", "app.kubernetes.io/managed-by=kubectl-vaultseal",
		"-o", "json")
	check(t, err)
	var list struct {
		Items []map[string]any `json:"items"`
	}
	check(t, json.Unmarshal([]byte(text), &list))
	for _, object := range list.Items {
		metadata := object["metadata"].(map[string]any)
		name, namespace := fmt.Sprint(metadata["name"]), fmt.Sprint(metadata["namespace"])
		if !strings.HasPrefix(namespace, p.namespace) && !strings.HasSuffix(name, p.system) {
			continue
		}
		delete(metadata, "resourceVersion")
		state[fmt.Sprint(object["kind"], " ", namespace, "/", name)] = string(mustJSON(object))
	}
	for _, path := range p.paths() {
		text, err := theStack.vaultRequest(t.Context(), "GET", path, nil)
		check(t, err)
		var answer struct {
			Data map[string]any `json:"data"`
		}
		check(t, json.Unmarshal(text, &answer))
		state["vault "+path] = string(mustJSON(answer.Data))
	}
	if len(state) < 20 {
		t.Fatalf("there are only %d objects and settings", len(state))
	}
	return state
}

func (p setupNamespace) paths() []string {
	paths := []string{"sys/auth/" + p.mount, "auth/" + p.mount + "/config"}
	for _, role := range []string{"vaultseal", "vaultseal-reader", "vaultseal-rotator", "vaultseal-encrypter"} {
		paths = append(paths, "auth/"+p.mount+"/role/"+role, "sys/policies/acl/"+p.mount+"-"+role)
	}
	return paths
}
