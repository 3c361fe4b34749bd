package vaultseal_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/pkg/vaultseal"
)

// exampleJWT is an unsigned token with the audience vault.
const exampleJWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ2YXVsdCJ9.c2ln"

// exampleServers are a cluster with the sealed Secret app, and a Vault, for as long as the examples run. They answer
// what a Reader asks for, with nothing behind it.
func exampleServers() (options []vaultseal.Option, stop func()) {
	sealed := map[string]string{"config.yaml": "database:\n  user: app\n  password: correct horse\n",
		"license": "ABC-123"}
	ciphertexts, plaintexts := map[string][]byte{}, map[string]string{}
	for n, entry := range slices.Sorted(maps.Keys(sealed)) {
		ciphertext := "vault:v1:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune('a'+n)), 40)))
		ciphertexts[entry] = []byte(ciphertext)
		plaintexts[ciphertext] = base64.StdEncoding.EncodeToString([]byte(sealed[entry]))
	}
	kubernetes := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/secrets/app"):
			answer(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "Secret", "data": ciphertexts,
				"metadata": map[string]any{
					"name": "app", "namespace": "default",
					"annotations": map[string]string{"vaultseal.dev/transit-key": "transit/app",
						"vaultseal.dev/scope": "strict"},
				}})
		case strings.HasSuffix(r.URL.Path, "/token"):
			answer(w, http.StatusCreated, map[string]any{"apiVersion": "authentication.k8s.io/v1",
				"kind": "TokenRequest", "status": map[string]any{
					"token": exampleJWT, "expirationTimestamp": "2100-01-01T00:00:00Z",
				}})
		default:
			answer(w, http.StatusNotFound, map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure",
				"reason": "NotFound", "code": http.StatusNotFound})
		}
	}))
	vault := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Batch []map[string]string `json:"batch_input"`
		}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		switch {
		case strings.HasSuffix(r.URL.Path, "/login"):
			answer(w, http.StatusOK,
				map[string]any{"auth": map[string]any{"client_token": "example", "lease_duration": 60}})
		case strings.HasPrefix(r.URL.Path, "/v1/transit/decrypt/"):
			var results []map[string]string
			for _, item := range asked.Batch {
				results = append(results, map[string]string{"plaintext": plaintexts[item["ciphertext"]],
					"reference": item["reference"]})
			}
			answer(w, http.StatusOK, map[string]any{"data": map[string]any{"batch_results": results}})
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	options = []vaultseal.Option{
		vaultseal.WithKubernetes(&rest.Config{Host: kubernetes.URL}), vaultseal.WithNamespace("default"),
		vaultseal.WithVaultAddress(vault.URL),
	}
	return options, func() { kubernetes.Close(); vault.Close() }
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
