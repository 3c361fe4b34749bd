package plugin

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
	"github.com/vaultseal/kubectl-vaultseal/internal/workload"
)

// nodesClient is a client for an API server with pages of nodes.
func nodesClient(t *testing.T, pages ...[]string) corev1client.CoreV1Interface {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := len(r.URL.Query().Get("continue"))
		list := corev1.NodeList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}}
		for _, version := range pages[page] {
			list.Items = append(list.Items, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-" + version},
				Status: corev1.NodeStatus{NodeInfo: corev1.NodeSystemInfo{KubeletVersion: version}}})
		}
		if page+1 < len(pages) {
			list.Continue = strings.Repeat("x", page+1)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	}))
	t.Cleanup(server.Close)
	core, err := corev1client.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	return core
}

// TestOldNode: one old node of many is enough, on any page, and so is one whose version cannot be read.
func TestOldNode(t *testing.T) {
	for _, one := range []struct {
		pages [][]string
		want  workload.Without
	}{
		{[][]string{{"v1.35.0"}, {"v1.37.2-gke.100", "v1.36.1+k3s1"}}, workload.Without{}},
		{[][]string{{"v1.35.0"}, {"v1.35.4", "v1.34.9"}}, workload.Without{Reason: `node node-v1.34.9 has "v1.34.9"`, Old: true}},
		{[][]string{{"v1.9.0"}}, workload.Without{Reason: `node node-v1.9.0 has "v1.9.0"`, Old: true}},
		{[][]string{{"new"}}, workload.Without{Reason: `node node-new has "new"`, Old: true}},
		{[][]string{{}}, workload.Without{Reason: "the cluster has no node that could be asked"}},
	} {
		got, err := oldNode(t.Context(), nodesClient(t, one.pages...))
		if err != nil || got != one.want {
			t.Errorf("%v: %+v, %v", one.pages, got, err)
		}
	}
}

// TestOnlyCertificatesArePinned: a private key beside the CA certificate never gets into a manifest.
func TestOnlyCertificatesArePinned(t *testing.T) {
	block := func(kind, text string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte(text),
			Headers: map[string]string{"a": text}}))
	}
	want := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("ca")}))
	text := planted + "\n" + block("PRIVATE KEY", planted) + block("CERTIFICATE", "ca") + planted
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ca := range []config.CA{{File: path}, {PEM: []byte(text)}} {
		if got, err := certificatesOf(t.Context(), ca); err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	large := []byte(strings.Repeat(want, maxPinnedCertificates/len(want)))
	if got, err := certificatesOf(t.Context(), config.CA{PEM: large}); err != nil || got != string(large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	got, err := certificatesOf(t.Context(), config.CA{PEM: append(large, (want + want)...)})
	if err == nil || got != "" || !strings.Contains(err.Error(), "a pod can have 96 KiB") {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, ca := range []config.CA{{PEM: []byte(planted)}, {Dir: "/certificates"}, {File: path + planted}} {
		got, err := certificatesOf(t.Context(), ca)
		if err == nil || got != "" || ca.File == "" && strings.Contains(err.Error(), planted) {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got, err := certificatesOf(context.Background(), config.CA{}); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzChosen: of --secrets, what is taken are valid names, keys and scopes.
func FuzzChosen(f *testing.F) {
	for _, arg := range []string{"db", "db,tls", "db=transit/app", "db=app,strict", "db=../x", "a=b,c,d", "=", ",", "db=,strict"} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		chosen, err := parseChosen([]string{arg})
		if err != nil {
			return
		}
		for name, one := range chosen {
			if _, err := secretName("secret/" + name); err != nil {
				t.Errorf("%q: name %q", arg, name)
			}
			if one.scope != sealed.Unbound && !one.scope.Covers(sealed.ClusterWide) {
				t.Errorf("%q: scope %q", arg, one.scope)
			}
			if strings.Contains(arg, "=") == one.key.IsZero() {
				t.Errorf("%q: key %q", arg, one.key)
			}
		}
	})
}

// FuzzCommands: of --command, what is taken names a container and has no empty word.
func FuzzCommands(f *testing.F) {
	for _, arg := range []string{"app=/app", `app=["/app","x"]`, "app=", "=", `app=[]`, `app=[""]`, `app=[1]`, "a b=c"} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		commands, err := parseCommands([]string{arg})
		if err != nil {
			return
		}
		for name, words := range commands {
			if name == "" || len(words) == 0 || words[0] == "" || !strings.HasPrefix(arg, name+"=") {
				t.Errorf("%q: %q %q", arg, name, words)
			}
		}
	})
}

// TestHelmPlugin: what Helm 4 reads names our command, with flags that it has.
func TestHelmPlugin(t *testing.T) {
	text, err := os.ReadFile("../../plugins/helm/plugin.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var plugin struct {
		APIVersion, Type, Name, Version, Runtime string

		RuntimeConfig struct {
			PlatformCommand []struct {
				Command string
				Args    []string
			}
		}
	}
	if err := yaml.UnmarshalStrict(text, &plugin); err != nil {
		t.Fatal(err)
	}
	if plugin.APIVersion != "v1" || plugin.Type != "postrenderer/v1" || plugin.Runtime != "subprocess" ||
		plugin.Name != "vaultseal" || len(plugin.RuntimeConfig.PlatformCommand) != 1 {
		t.Fatalf("%+v", plugin)
	}
	command := plugin.RuntimeConfig.PlatformCommand[0]
	root := newRoot(tree().process)
	cmd, rest, err := root.Find(command.Args)
	if err != nil || cmd.Name() != "inject" || cmd.ParseFlags(rest) != nil || command.Command != root.Name() {
		t.Errorf("%+v: %v", command, err)
	}
}
