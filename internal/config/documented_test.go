package config

import (
	"os"
	"strings"
	"testing"
)

// TestSettingsAreDocumented: the page has every way to give each setting.
func TestSettingsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	settings := []Setting{
		vaultAddr, vaultCACert, vaultCAPath, vaultNamespace, vaultServerName, vaultProxy, vaultClientCert, vaultClientKey, vaultToken,
		authMethod, authMount, audience, tokenFile, transitKey,
	}
	for _, part := range []Part{Sealer, Reader, Rotator} {
		settings = append(settings, part.own(role), part.own(serviceAccount))
		if !strings.Contains(string(page), "`"+part.role()+"`") {
			t.Errorf("the page lacks the role %s", part.role())
		}
	}
	for _, setting := range settings {
		for _, way := range []string{"`--" + setting.Flag + "`", "`" + setting.Env + "`", "`" + setting.Key + "`"} {
			if strings.Trim(way, "`-") != "" && !strings.Contains(string(page), way) {
				t.Errorf("the page lacks %s of the %s", way, setting.Title)
			}
		}
	}
}
