package transit

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// TestProductOfHealth has the fields that the products answer with, in their order.
func TestProductOfHealth(t *testing.T) {
	const (
		state       = `{"initialized":true,"sealed":false,"standby":false`
		replication = `,"replication_performance_mode":"disabled","replication_dr_mode":"disabled","server_time_utc":1795948800`
		cluster     = `,"cluster_name":"c","cluster_id":"i"`
	)
	for name, c := range map[string]struct {
		body string
		want Product
	}{
		"Vault 1.21": {state + `,"performance_standby":false` + replication + `,"version":"1.21.4","enterprise":false` +
			cluster + `,"echo_duration_ms":0,"clock_skew_ms":0,"replication_primary_canary_age_ms":0}`, Vault},
		"Vault Enterprise": {state + `,"performance_standby":false` + replication +
			`,"version":"1.21.4+ent","enterprise":true` + cluster + `}`, Vault},
		"OpenBao 2.6":                      {state + replication + `,"version":"2.6.2"` + cluster + `}`, OpenBao},
		"OpenBao with a number of Vault's": {state + replication + `,"version":"1.21.4"` + cluster + `}`, OpenBao},
		"Vault with a number of OpenBao's": {state + `,"performance_standby":false` + replication +
			`,"version":"2.6.2","enterprise":false` + cluster + `}`, Vault},
		"Vault 1.15 and OpenBao 2.5": {state + `,"performance_standby":false` + replication + `,"version":"1.15.4"` +
			cluster + `}`, ""},
		"another server": {state + `,"version":"0.2.1"}`, ""},
	} {
		got, _, err := healthOf(t, 200, c.body)
		if err != nil || got.Product != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got.Product, err, c.want)
		}
	}
	if Product("").String() != "Vault or OpenBao" || OpenBao.String() != "OpenBao" {
		t.Errorf("%s, %s", Product(""), OpenBao)
	}
}

func TestProductOfTheEngine(t *testing.T) {
	for version, want := range map[any]Product{
		"v1.21.4+builtin.vault": Vault, "v2.6.2+builtin.bao": OpenBao, "v2.6.2+builtin.vault": Vault,
		"v1.0.0": "", "v1.0.0+builtin": "", "": "", nil: "", 7: "",
		"v1+builtin.vault\x1b[31m": "", "builtin.bao": "", "v2.6.2+builtin.bao.vault": "",
	} {
		v := newFakeVault(t)
		v.before = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/sys/internal/ui/mounts/team/transit") {
				return false
			}
			reply(w, http.StatusOK, map[string]any{"data": map[string]any{
				"type": "transit", "path": "team/transit/", "running_plugin_version": version,
			}})
			return true
		}
		if got, err := v.session(t).Product(t.Context(), "team/transit"); err != nil || got != want {
			t.Errorf("%v: %q, %v; want %q", version, got, err, want)
		}
	}
	v := newFakeVault(t)
	v.before = mounted("", "")
	if got, err := v.session(t).Product(t.Context(), "transit"); got != "" || !errors.Is(err, ErrDenied) {
		t.Errorf("a token without a right below the mount: %q, %v", got, err)
	}
}
