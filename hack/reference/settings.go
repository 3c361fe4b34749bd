package main

import (
	"fmt"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// The lines of docs/configuration.md that the table of settings stands between.
const (
	tableBegins = "<!-- Generated from internal/config/settings.go: change that, then run make docs. -->"
	tableEnds   = "<!-- End of the generated table. -->"
)

// withSettings is the page with its table of settings as internal/config has them.
func withSettings(page string) (string, error) {
	before, rest, begins := strings.Cut(page, tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", fmt.Errorf("the page lacks %q or %q", tableBegins, tableEnds)
	}
	return before + tableBegins + "\n\n" + settingsTable() + "\n" + tableEnds + after, nil
}

func settingsTable() string {
	var table strings.Builder
	table.WriteString("| flag | environment | ConfigMap key | default |\n|---|---|---|---|\n")
	for _, setting := range config.Settings() {
		if setting.Flag == "" { // a variable of Vault's own, which the page explains
			continue
		}
		keys := codes(setting.Keys()...)
		if setting.OwnValue != "" {
			keys += ", never " + codes(setting.OwnValue)
		}
		text := "none"
		switch {
		case setting.Preset != "":
			text = codes(setting.Preset)
		case setting.Default != "":
			text = prose(setting.Default)
		case setting.Switch:
			text = "off"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", codes("--"+setting.Flag), codes(setting.Env), keys, text)
	}
	return table.String()
}

// codes are words set as code, a dash where there are none.
func codes(words ...string) string {
	text := strings.Join(words, "`, `")
	if text == "" {
		return "–"
	}
	return "`" + text + "`"
}
