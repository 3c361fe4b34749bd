package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/vaultseal/kubectl-vaultseal/test/bench/barevault"
)

// spare is how long before its end a Vault token is no longer used.
const spare = time.Second

// vault is one session, of one goroutine at a time.
type vault struct {
	*barevault.Vault

	mount, key string // mount ends with a slash
	accounts   corev1.ServiceAccountInterface

	jwt     string    // of the ServiceAccount; outlives this process
	expires time.Time // of the Vault token
}

func newVault(accounts corev1.ServiceAccountInterface) (*vault, error) {
	client, err := barevault.New(os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_CACERT"), userAgent)
	v := &vault{Vault: client, accounts: accounts}
	v.mount, v.key = path.Split(os.Getenv("VAULTSEAL_TRANSIT_KEY"))
	return v, err
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
	if err := v.Write(ctx, "auth/kubernetes/login", map[string]string{"role": role, "jwt": v.jwt},
		&session); err != nil {
		return err
	}
	v.Token = session.Auth.ClientToken
	v.expires = start.Add(time.Duration(session.Auth.LeaseDuration) * time.Second)
	return nil
}

func (v *vault) lapsed() bool { return time.Until(v.expires) < spare }

// revoke leaves a token that lapses anyway.
func (v *vault) revoke(ctx context.Context) error {
	if v.lapsed() {
		return nil
	}
	return v.Revoke(ctx)
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
	return v.Write(ctx, path, body, answer)
}
