package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// judgement is what the logs say of a walk.
type judgement struct {
	*walk

	steps  map[string][]step // by namespace, one after the other
	hashes map[string]string // of contexts, as Vault's audit log has them
	counts map[string]int

	reported int
}

// maxReported is how much is shown of what must not have happened.
const maxReported = 30

func (w *walk) judgement() *judgement {
	j := &judgement{walk: w, steps: map[string][]step{}, hashes: map[string]string{}, counts: map[string]int{}}
	for _, s := range w.steps {
		j.steps[s.tenant.namespace] = append(j.steps[s.tenant.namespace], s)
	}
	return j
}

// judge looks at everything that the walk's commands have asked of both servers.
// The calls are those that must have been made for the walk to mean anything.
func (w *walk) judge(t *testing.T, calls ...string) {
	t.Helper()
	j := w.judgement()
	vault, err := eventsSince[walkVaultEvent](theStack.vaultAudit, w.vaultBefore)
	check(t, err)
	for _, e := range vault {
		if e.Type == "response" && e.Auth.DisplayName != "root" {
			j.report(t, e.Time, e.Request.Operation+" "+e.Request.Path, j.vault(t, e))
		}
	}
	kube, err := eventsSince[walkKubeEvent](theStack.kubeAudit, w.kubeBefore)
	check(t, err)
	for _, e := range kube {
		if e.Stage == "ResponseComplete" && strings.Contains(e.UserAgent, "vaultseal/") {
			j.report(t, e.Received, e.Verb+" "+e.RequestURI, j.kube(e))
		}
	}
	if len(w.decoy.got) > 0 {
		t.Errorf("%d requests were sent to the address in hostile values, first %s", len(w.decoy.got),
			w.decoy.got[0].path)
	}
	j.untouched(t)
	j.happened(t, calls)
}

// report names the commands that ran when something happened that must not.
func (j *judgement) report(t *testing.T, at time.Time, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if j.reported++; j.reported > maxReported {
		if j.reported == maxReported+1 {
			t.Error("there is more of this")
		}
		return
	}
	t.Errorf("%s: %v, during:", what, err)
	for _, s := range j.during(at) {
		t.Errorf("    %s", s)
	}
}

// during are the steps that ran at a moment.
func (w *walk) during(at time.Time) []step {
	return slices.DeleteFunc(slices.Clone(w.steps), func(s step) bool { return at.Before(s.start) || at.After(s.end) })
}

// stepOf is the step of a namespace.
func (j *judgement) stepOf(at time.Time, namespace string) (step, error) {
	for _, s := range j.steps[namespace] {
		if !at.Before(s.start) && !at.After(s.end) {
			return s, nil
		}
	}
	return step{}, fmt.Errorf("no command ran in namespace %q", namespace)
}

var transitCall = regexp.MustCompile(`^(.+)/(encrypt|decrypt|rewrap|keys)/([^/]+)(/rotate|/config)?$`)

// vault judges a request that was made of Vault.
func (j *judgement) vault(t *testing.T, e walkVaultEvent) error {
	t.Helper()
	account := e.Auth.Metadata
	path := e.Request.Path
	switch {
	case path == "auth/token/revoke-self":
		return nil
	case path == "sys/internal/ui/mounts/transit":
		return nil
	case strings.HasPrefix(path, "auth/"):
		return j.login(e)
	}
	call := transitCall.FindStringSubmatch(path)
	if call == nil {
		return errors.New("it is no use of a transit key")
	}
	j.counts[call[2]+call[4]]++
	key := call[1] + "/" + call[3]
	if account.Name == "vaultseal-rotator" {
		return j.rotator(e.Time, call, key)
	}
	s, err := j.stepOf(e.Time, account.Namespace)
	switch {
	case err != nil && j.reaches(e.Time, account.Namespace) && call[2] != "encrypt" &&
		key == "transit/"+account.Namespace+"-derived":
		return nil
	case err != nil:
		return err
	case call[4] != "" || call[2] == "encrypt" && key != s.tenant.key():
		return fmt.Errorf("key %s is not the configured one, %s", key, s.tenant.key())
	case call[2] == "encrypt":
		return j.contexts(t, e, s)
	case key != s.tenant.key() && !slices.Contains(s.tries, key):
		return fmt.Errorf("key %s is neither the configured one, %s, nor that of the annotation", key, s.tenant.key())
	}
	return nil
}

// rotator judges a request of the rotator's, who may have been asked in more than one namespace at once.
func (j *judgement) rotator(at time.Time, call []string, key string) error {
	for _, s := range j.during(at) {
		if key == s.tenant.key() && call[2] != "encrypt" && call[2] != "decrypt" {
			return nil
		}
		if call[4] == "" && slices.Contains([]string{"rewrap", "keys"}, call[2]) && slices.Contains(s.tries, key) {
			return nil
		}
	}
	return fmt.Errorf("key %s is the configured one of no namespace in view", key)
}

// login judges where and as whom a command has logged in.
func (j *judgement) login(e walkVaultEvent) error {
	if e.Request.Path != "auth/"+j.mount+"/login" {
		return fmt.Errorf("the login belongs at auth/%s/login", j.mount)
	}
	if e.Response.Auth == nil {
		return fmt.Errorf("the login failed: %s", e.Error)
	}
	j.counts["login"]++
	as := e.Response.Auth.Metadata
	switch {
	case as.Name != as.Role:
		return fmt.Errorf("account %s has logged in as %s", as.Name, as.Role)
	case as.Name == "vaultseal-rotator" && as.Namespace == "vaultseal-system":
		return nil
	}
	_, err := j.stepOf(e.Time, as.Namespace)
	if j.reaches(e.Time, as.Namespace) {
		return nil
	}
	return err
}

// reaches reports whether a command was under way that works in every namespace that is set up, the other team's too.
func (j *judgement) reaches(at time.Time, namespace string) bool {
	return namespace == j.other && slices.ContainsFunc(j.during(at), func(s step) bool { return s.everywhere })
}

// contexts judges what new ciphertexts are bound to: each to the place of one entry.
func (j *judgement) contexts(t *testing.T, e walkVaultEvent, s step) error {
	t.Helper()
	var data struct {
		Items []struct {
			Context string `json:"context"`
		} `json:"batch_input"`
	}
	if err := json.Unmarshal(e.Request.Data, &data); err != nil || len(data.Items) == 0 {
		return fmt.Errorf("it seals no batch: %w", err)
	}
	var bound []string
	for _, entry := range s.entries {
		bound = append(bound, j.hash(t, "v1/strict/"+s.tenant.namespace+"/"+s.secret+"/"+entry))
	}
	for _, item := range data.Items {
		if !slices.Contains(bound, item.Context) {
			return errors.New("new plaintext is not bound to the place of its entry")
		}
	}
	return nil
}

// hash is what Vault's audit log has for a context.
func (j *judgement) hash(t *testing.T, context string) string {
	t.Helper()
	if found := j.hashes[context]; found != "" {
		return found
	}
	answer, err := theStack.vaultRequest(t.Context(), "POST", "sys/audit-hash/file",
		mustJSON(map[string]any{"input": []byte(context)}))
	check(t, err)
	var said struct {
		Hash string `json:"hash"`
	}
	check(t, json.Unmarshal(answer, &said))
	j.hashes[context] = said.Hash
	return said.Hash
}

// kube judges a request that was made of the API server.
func (j *judgement) kube(e walkKubeEvent) error {
	at, subject := e.ObjectRef, e.ObjectRef.Resource
	if at.Subresource != "" {
		subject += "/" + at.Subresource
	}
	switch {
	case subject == "configmaps" && e.Verb == "get" && at.Namespace == "vaultseal-system" && at.Name == "vaultseal":
		return nil
	case subject == "secrets" && e.Verb == "list" && at.Namespace == "": // for --retire
		return nil
	// verify says whether Secrets are checked
	case e.Verb == "get" && (subject == "namespaces" || subject == "validatingadmissionpolicies"):
		return nil
	case subject == "serviceaccounts/token":
		return j.tokenRequest(e)
	case subject != "secrets":
		return errors.New("it is neither a Secret nor the request for a token")
	}
	s, err := j.stepOf(e.Received, at.Namespace)
	if err == nil && s.files && !strings.HasPrefix(s.command, "create") {
		return errors.New("the command works on files")
	}
	if err == nil && s.secret != "" && at.Name != s.secret {
		return fmt.Errorf("the Secret is not %s", s.secret)
	}
	return err
}

// tokenRequest judges whose token was requested, and for whom.
func (j *judgement) tokenRequest(e walkKubeEvent) error {
	audiences, err := e.audiences()
	if err != nil || audiences == nil {
		return err
	}
	j.counts["token"]++
	if !slices.Equal(audiences, []string{"vault"}) {
		return fmt.Errorf("the token is for %v", audiences)
	}
	account := e.ObjectRef.Namespace + "/" + e.ObjectRef.Name
	if account == "vaultseal-system/vaultseal-rotator" {
		return nil
	}
	_, err = j.stepOf(e.Received, e.ObjectRef.Namespace)
	if j.reaches(e.Received, e.ObjectRef.Namespace) {
		err = nil
	}
	if err == nil && !slices.Contains([]string{"vaultseal", "vaultseal-reader", "vaultseal-encrypter"},
		e.ObjectRef.Name) {
		err = fmt.Errorf("the token is that of %s", account)
	}
	return err
}
