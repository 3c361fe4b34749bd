package kube

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// plantedJWT has the claims, and an invalid signature.
func plantedJWT(claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString(payload) + ".cGxhbnRlZA"
}

func TestAPIServersAudiences(t *testing.T) {
	const issuer, server = "https://Issuer.example.com", "api.example.com:6443"
	for _, c := range []struct {
		audience any
		accepted bool
	}{
		{"vault", false},
		{[]string{"vault"}, false},
		{"https://vault.example.com:8200", false},
		{"https://api.example.com:8200", false},
		{"https://issuer.example.com/other", false},
		{issuer, true},
		{[]string{"vault", issuer}, true},
		{"https://issuer.example.com/", true},
		{"https://issuer.example.com:443//", true},
		{"issuer.example.com.", true},
		{" https://ISSUER.example.com", true},
		{"https://api.example.com:6443", true},
		{"https://API.example.com:6443/", true},
		{"https://kubernetes.default.svc", true},
		{"https://kubernetes.default.svc.cluster.local/", true},
		{"kubernetes.default.svc.example.org:443", true},
		{"https://kubernetes.default", true},
		{"k3s", true},
		{[]string{}, true},
		{nil, true},
	} {
		claims := map[string]any{"iss": issuer, "sub": "system:serviceaccount:a:b"}
		if c.audience != nil {
			claims["aud"] = c.audience
		}
		if _, accepted, err := apiAudience(plantedJWT(claims), server); err != nil || accepted != c.accepted {
			t.Errorf("audience %v: accepted %t, %v; want %t", c.audience, accepted, err, c.accepted)
		}
	}
}

// TestLegacyTokenIsAccepted: a token of a Secret of type kubernetes.io/service-account-token has no audience at all.
func TestLegacyTokenIsAccepted(t *testing.T) {
	if _, accepted, err := apiAudience(plantedJWT(map[string]any{"iss": "kubernetes/serviceaccount"}),
		""); err != nil || !accepted {
		t.Errorf("accepted %t, %v", accepted, err)
	}
}

func TestTokensForTheAPIServerAreNotSent(t *testing.T) {
	forAPI := plantedJWT(map[string]any{"iss": "https://issuer", "aud": []string{"vault", "https://issuer/"}})
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(forAPI), 0o600); err != nil {
		t.Fatal(err)
	}
	accounts := &fakeAccounts{now: time.Now, token: forAPI}
	for name, token := range map[string]func(context.Context) (string, error){
		"file":    ProjectedToken(accounts, path),
		"request": RequestedToken(accounts, config.Account{Namespace: "team-a", Name: "app"}, "vault"),
	} {
		t.Run(name, func(t *testing.T) {
			token, err := token(t.Context())
			var audience *TokenAudienceError
			if !errors.As(err, &audience) || audience.Audience != "https://issuer/" || token != "" {
				t.Fatalf("%q, %v", token, err)
			}
			if strings.Contains(err.Error(), forAPI[:20]) || (audience.File == "") != (name == "request") {
				t.Errorf("%v, %+v", err, audience)
			}
		})
	}
}

// TestWhatIsNoTokenIsNotSent: a mistyped path can lead to any file.
func TestWhatIsNoTokenIsNotSent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, content := range []string{"planted-junk", "planted.junk.junk", "eyJhbGciOiJub25lIn0.e30."} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		token, err := ProjectedToken(nil, path)(t.Context())
		if err == nil || token != "" || strings.Contains(err.Error(), content) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q, %v", token, err)
		}
	}
}

func TestAPIServerIsTheClients(t *testing.T) {
	core, err := corev1client.NewForConfig(&rest.Config{Host: "https://api.example.com:6443"})
	if err != nil {
		t.Fatal(err)
	}
	if got := apiServerOf(core); got != "api.example.com:6443" {
		t.Errorf("%q", got)
	}
	for _, unknown := range []corev1client.ServiceAccountsGetter{nil, &fakeAccounts{}} {
		if got := apiServerOf(unknown); got != "" {
			t.Errorf("%q", got)
		}
	}
}

func TestNamespaceOfToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(plantedJWT(map[string]any{"kubernetes.io": map[string]any{"namespace": "shop"}}) + "\n")
	if got, err := NamespaceOfToken(t.Context(), path); got != "shop" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, wrong := range []string{"", "PLANTED", plantedJWT(map[string]any{"sub": "PLANTED"}),
		plantedJWT(map[string]any{"kubernetes.io": "PLANTED"})} {
		write(wrong)
		got, err := NamespaceOfToken(t.Context(), path)
		if err == nil || got != "" || strings.Contains(err.Error(), "PLANTED") || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %q, %v", wrong, got, err)
		}
	}
}
