package transit

import (
	"context"
	"encoding/json"
	"strings"
)

// Product is the name of a server that speaks Vault's protocol; empty: not known. The server's version never decides
// it, because the numbers of one product may be reached by the other.
type Product string

// The products.
const (
	Vault   Product = "Vault"
	OpenBao Product = "OpenBao"
)

func (p Product) String() string {
	if p == "" {
		return string(Vault) + " or " + string(OpenBao)
	}
	return string(p)
}

// productOfHealth tells the products apart by the fields of sys/health, which needs no token. Vault has enterprise
// since 1.16, and has always had performance_standby in the versions that have Transit's batches. OpenBao has never had
// the first, and no longer has the second since 2.6. An answer with the second alone may be from an older version of
// either.
func productOfHealth(fields map[string]json.RawMessage) Product {
	has := func(field string) bool { return fields[field] != nil }
	switch {
	case has("enterprise"):
		return Vault
	case has("replication_dr_mode") && !has("performance_standby"):
		return OpenBao
	}
	return ""
}

// Product asks which product the server is, by the build of the Transit engine at a mount, which both have built in. It
// needs no rule in a policy: Vault describes a mount to every token with a right below it. The product is empty if the
// engine is an external plugin, or the server does not tell.
func (s *Session) Product(ctx context.Context, mount string) (Product, error) {
	engine, err := s.Read(ctx, "sys/internal/ui/mounts/"+mount)
	if err != nil {
		return "", err
	}
	version, _ := engine["running_plugin_version"].(string)
	switch _, build, _ := strings.Cut(version, "+"); build {
	case "builtin.vault":
		return Vault, nil
	case "builtin.bao":
		return OpenBao, nil
	}
	return "", nil
}
