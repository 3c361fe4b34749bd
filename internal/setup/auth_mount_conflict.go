package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/shell"
	"github.com/vaultseal/kubectl-vaultseal/internal/signingkeys"
	"github.com/vaultseal/kubectl-vaultseal/pkg/transit"
)

// checkMount refuses to extend, or to remove a namespace from, the installation of another cluster or of another
// configuration. Anyone who can write the ConfigMap can remove its auth mount, and the default may belong to another
// installation. For a whole installation, the steps that compare the mount and its roles refuse it.
func (s *Setup) checkMount(ctx context.Context) error {
	i := s.Installation
	if !i.Extends {
		return nil
	}
	found, err := mount(s.Vault, "sys/auth", i.AuthMount)(ctx)
	if err != nil || found == nil {
		return unlessDenied(err)
	}
	description, _ := found["description"].(string)
	if mark := markOf(description); mark != "" && i.Cluster.UID != "" && mark != i.Cluster.UID {
		return &OthersMountError{AuthMount: i.AuthMount}
	}
	rotator, err := path(s.Vault, "auth/"+i.AuthMount+"/role/"+rotatorName)(ctx)
	if err != nil {
		return unlessDenied(err)
	}
	bound := boundNamespaces(rotator)
	if len(bound) > 0 && !slices.Contains(bound, i.System) && !slices.Contains(bound, anyNamespace) {
		return &OthersMountError{AuthMount: i.AuthMount, Systems: bound}
	}
	return nil
}

// OthersMountError reports an auth mount of another installation.
type OthersMountError struct {
	AuthMount string
	Systems   []string // namespaces of its configuration; none: another cluster's
}

func (e *OthersMountError) Error() string {
	if len(e.Systems) > 0 {
		return fmt.Sprintf("the auth mount %s belongs to another installation, whose configuration is in namespace %s",
			e.AuthMount, some(e.Systems))
	}
	return fmt.Sprintf("the auth mount %s is marked as the mount of another cluster", e.AuthMount)
}

// readMount defines the shell variable MARK, the mark of the auth mount if the cluster's is known, and the function
// config, which prints a parameter of its configuration as JSON.
func (s *script) readMount(i Installation) {
	s.line(`config() { vault read -format=json -field="$1" auth/%s/config 2>/dev/null || true; }`, i.AuthMount)
	if i.Cluster.UID == "" {
		s.line("MARK=")
		return
	}
	s.line(`MARK=$(vault read -format=table -field=description sys/auth/%s 2>/dev/null | `+
		`grep -oE %s | head -n 1 || true)`, i.AuthMount, markWords+"[0-9a-f-]{36}")
}

// refuseOthersMount stops the script if the auth mount is marked for another cluster, or if its rotator's role is bound
// to the namespace of another configuration.
func (s *script) refuseOthersMount(i Installation) {
	if i.Cluster.UID != "" {
		other := &OthersMountError{AuthMount: i.AuthMount}
		s.line(`if [ -n "$MARK" ] && [ "$MARK" != %s ]; then fail %s %s; fi`, i.Cluster.marked(""), other.Error(),
			s.hint(other))
	}
	s.refuseOtherCluster(i)
	field, own := "bound_service_account_namespaces", `"`+i.System+`"`
	if i.Method == transit.MethodJWT {
		field, own = "bound_claims", `"`+subjectPrefix+i.System+`:`
	}
	other := fmt.Sprintf("the auth mount %s belongs to another installation, whose configuration is in another "+
		"namespace", i.AuthMount)
	s.line(`BOUND=$(vault read -format=json -field=%s auth/%s/role/%s 2>/dev/null || true)`, field, i.AuthMount,
		rotatorName)
	s.line(`case "$BOUND" in *%s*|*%s*) ;; *\"*) fail %s %s;; esac`, own, `"*"`, other,
		s.hint(&OthersMountError{AuthMount: i.AuthMount}))
}

// refuseOtherCluster stops the script if the auth mount is not marked for this cluster, and has neither a signing key
// nor the address of this cluster. See Setup.isForeign.
func (s *script) refuseOtherCluster(i Installation) {
	other := &OtherClusterError{UID: i.Cluster.UID}
	failure := fmt.Sprintf("vault %s %s: %s", authConfigKind, i.AuthMount, other.Error())
	if i.Method != transit.MethodJWT {
		s.line(`if [ -z "$MARK" ]; then`)
		s.line(`  case "$(config kubernetes_host)" in ''|null|'""'|%s) ;; *) fail %s %s;; esac`, asJSON(i.Cluster.Host),
			failure, s.hint(other))
		s.line("fi")
		return
	}
	var ours []string
	for _, key := range trimmed(i.Cluster.SigningKeys) {
		ours = append(ours, "*"+shell.Quote(strings.TrimSuffix(asJSON(key), `"`))+"*")
	}
	keys := append([]string{"''", "null", "'[]'"}, ours...)
	s.line(`if [ -z "$MARK" ]; then`)
	for _, parameter := range signingkeys.Parameters() {
		own := ""
		if parameter == i.KeySource.Parameter {
			own = i.KeySource.URL
		}
		s.line(`  case "$(config %s)" in ''|null|'""'|%s) ;; *) fail %s %s;; esac`, string(parameter), asJSON(own),
			failure, s.hint(other))
	}
	s.line(`  case "$(config `+staticKeys+`)" in `+strings.ReplaceAll(strings.Join(keys, "|"), "%", "%%")+
		`) ;; *) fail %s %s;; esac`, failure, s.hint(other))
	s.line("fi")
}
