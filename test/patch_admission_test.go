package test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	registrationclient "k8s.io/client-go/kubernetes/typed/admissionregistration/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vaultseal/kubectl-vaultseal/internal/engine"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// mutatingWebhook sees what is written to Secrets of a namespace, and alters entry "a" of those that are named so.
type mutatingWebhook struct {
	alters string
	seen   chan *admissionv1.AdmissionRequest
}

func (w *mutatingWebhook) ServeHTTP(to http.ResponseWriter, request *http.Request) {
	var review admissionv1.AdmissionReview
	if err := json.NewDecoder(request.Body).Decode(&review); err != nil {
		http.Error(to, err.Error(), http.StatusBadRequest)
		return
	}
	w.seen <- review.Request
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if review.Request.Name == w.alters {
		kind := admissionv1.PatchTypeJSONPatch
		review.Response.PatchType = &kind
		review.Response.Patch = []byte(`[{"op": "replace", "path": "/data/a", "value": "eA=="}]`)
	}
	review.Request = nil
	_ = json.NewEncoder(to).Encode(review)
}

// register lets the API server ask the webhook about every update of a Secret in the namespace, and waits until it
// does.
func (w *mutatingWebhook) register(t *testing.T, p patchedSecrets) {
	t.Helper()
	server := httptest.NewUnstartedServer(w)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	config, err := clientcmd.BuildConfigFromFlags("", theStack.kubeconfig)
	check(t, err)
	client, err := registrationclient.NewForConfig(config)
	check(t, err)
	none := registrationv1.SideEffectClassNone
	_, err = client.MutatingWebhookConfigurations().Create(t.Context(), &registrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: p.namespace},
		Webhooks: []registrationv1.MutatingWebhook{{
			Name: "secrets." + p.namespace + ".example.com",
			ClientConfig: registrationv1.WebhookClientConfig{URL: &server.URL, CABundle: pem.EncodeToMemory(
				&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})},
			Rules: []registrationv1.RuleWithOperations{{
				Operations: []registrationv1.OperationType{registrationv1.Update},
				Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"},
					Resources: []string{"secrets"}},
			}},
			NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{"kubernetes.io/metadata.name": p.namespace}},
			SideEffects: &none, AdmissionReviewVersions: []string{"v1"},
		}},
	}, metav1.CreateOptions{})
	check(t, err)
	t.Cleanup(func() {
		_ = client.MutatingWebhookConfigurations().Delete(context.Background(), p.namespace, metav1.DeleteOptions{})
	})
	probe := p.create(t, &corev1.Secret{}, "probe")
	for {
		_, err := p.client.Update(t.Context(), probe, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
		check(t, err)
		select {
		case <-w.seen:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestAdmissionSeesWrites: admission sees the same of a write as of a JSON merge patch, and an entry that it alters is
// an error of the write.
func TestAdmissionSeesWrites(t *testing.T) {
	p := newPatchedSecrets(t)
	w := &mutatingWebhook{alters: "altered", seen: make(chan *admissionv1.AdmissionRequest, 100)}
	w.register(t, p)
	next := textOf(t, "v2")
	set := map[string]transit.Ciphertext{"a": next}

	change := engine.Change{Live: p.create(t, elaborate(t), "left-1"), Set: set}
	_, err := p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
	check(t, err)
	written := <-w.seen
	twin := p.create(t, elaborate(t), "left-2")
	p.merge(t, twin, `{"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": null}},
		"data": {"a": "`+base64Of(next)+`"}}`)
	if is, want := reviewed(t, written), reviewed(t, <-w.seen); !reflect.DeepEqual(is, want) {
		t.Errorf("admission sees:\n%s\nwant:\n%s", mustJSON(is), mustJSON(want))
	}

	change.Live = p.create(t, elaborate(t), "altered")
	_, err = p.store.Write(t.Context(), []engine.Change{change}, engine.DryRunNone)
	if err == nil || !strings.Contains(err.Error(), `entry "a": the API server stored other bytes than were sent`) {
		t.Errorf("an altered entry: %v", err)
	}
}

// reviewed is what a webhook learns, without what differs between two Secrets.
func reviewed(t *testing.T, request *admissionv1.AdmissionRequest) admissionv1.AdmissionRequest {
	t.Helper()
	is := *request
	is.UID, is.Name = "", ""
	for _, object := range []*[]byte{&is.Object.Raw, &is.OldObject.Raw} {
		var secret corev1.Secret
		check(t, json.Unmarshal(*object, &secret))
		*object = mustJSON(withoutIdentity(&secret))
	}
	return is
}
