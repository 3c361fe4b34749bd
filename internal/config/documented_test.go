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
	for _, part := range parts() {
		if !strings.Contains(string(page), part.role()) {
			t.Errorf("the page lacks the role %s", part.role())
		}
		if !strings.Contains(Role.Default, part.role()) {
			t.Errorf("the default of --%s lacks %s", Role.Flag, part.role())
		}
	}
	for _, setting := range Settings() {
		for _, way := range append(setting.Keys(), "--"+setting.Flag, setting.Env) {
			if strings.Trim(way, "-") != "" && !strings.Contains(string(page), "`"+way+"`") {
				t.Errorf("the page lacks %s of the %s", way, setting.Title)
			}
		}
	}
}
