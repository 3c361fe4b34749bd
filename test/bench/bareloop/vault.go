package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// spare is how long before its end a Vault token is no longer used.
const spare = time.Second

// vault is one session, of one goroutine at a time.
type vault struct {
	client     *http.Client
	address    string
	mount, key string // mount ends with a slash
	accounts   corev1.ServiceAccountInterface

	jwt     string // of the ServiceAccount; outlives this process
	token   string
	expires time.Time // of token
}

func newVault(accounts corev1.ServiceAccountInterface) (*vault, error) {
	ca, err := os.ReadFile(os.Getenv("VAULT_CACERT"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("VAULT_CACERT holds no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	v := &vault{client: &http.Client{Transport: transport}, address: os.Getenv("VAULT_ADDR"), accounts: accounts}
	v.mount, v.key = path.Split(os.Getenv("VAULTSEAL_TRANSIT_KEY"))
	return v, nil
}

// logIn trades the ServiceAccount's token for a Vault token.
func (v *vault) logIn(ctx context.Context) error {
	if v.jwt == "" {
		seconds := int64(600)
		request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience},
			ExpirationSeconds: &seconds}}
		minted, err := v.accounts.CreateToken(ctx, role, request, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		v.jwt = minted.Status.Token
	}
	var session struct {
		Auth struct {
			ClientToken   string `json:"client_token"`
			LeaseDuration int    `json:"lease_duration"`
		} `json:"auth"`
	}
	start := time.Now()
	if err := v.send(ctx, "auth/kubernetes/login", map[string]string{"role": role, "jwt": v.jwt},
		&session); err != nil {
		return err
	}
	v.token = session.Auth.ClientToken
	v.expires = start.Add(time.Duration(session.Auth.LeaseDuration) * time.Second)
	return nil
}

func (v *vault) lapsed() bool { return time.Until(v.expires) < spare }

// revoke leaves a token that lapses anyway.
func (v *vault) revoke(ctx context.Context) error {
	if v.lapsed() {
		return nil
	}
	return v.send(ctx, "auth/token/revoke-self", nil, nil)
}

func (v *vault) rotate(ctx context.Context) error {
	return v.write(ctx, v.mount+"keys/"+v.key+"/rotate", nil, nil)
}

type rewrapItem struct {
	Ciphertext string `json:"ciphertext"`
	Context    []byte `json:"context"`
}

// rewrap puts the new ciphertexts in the place of the old ones.
func (v *vault) rewrap(ctx context.Context, namespace string, batch []entry) error {
	items := make([]rewrapItem, len(batch))
	for i, e := range batch {
		items[i] = rewrapItem{e.ciphertext, []byte("v1/strict/" + namespace + "/" + e.secret + "/" + e.name)}
	}
	var answer struct {
		Data struct {
			Results []struct {
				Ciphertext string `json:"ciphertext"`
				Error      string `json:"error"`
			} `json:"batch_results"`
		} `json:"data"`
	}
	if err := v.write(ctx, v.mount+"rewrap/"+v.key, map[string]any{"batch_input": items}, &answer); err != nil {
		return err
	}
	if got := len(answer.Data.Results); got != len(batch) {
		return fmt.Errorf("rewrap: %d results for %d entries", got, len(batch))
	}
	for i, result := range answer.Data.Results {
		if result.Error != "" {
			return fmt.Errorf("rewrap secret %s: %s", batch[i].secret, result.Error)
		}
		batch[i].ciphertext = result.Ciphertext
	}
	return nil
}

// write logs in again first when the token is about to lapse.
func (v *vault) write(ctx context.Context, path string, body, answer any) error {
	if v.lapsed() {
		if err := v.logIn(ctx); err != nil {
			return err
		}
	}
	return v.send(ctx, path, body, answer)
}

// send decodes the answer, unless answer is nil.
func (v *vault) send(ctx context.Context, path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.address+"/v1/"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("X-Vault-Token", v.token)
	response, err := v.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(text, answer)
}
