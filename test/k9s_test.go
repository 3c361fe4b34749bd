package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

// The k9s whose schema and keys the plugin of docs/k9s.md is compared with. It is only unpacked, never built.
const (
	k9sModule = "github.com/derailed/k9s@v0.50.16"
	k9sSum    = "h1:djzWog8EYth+S6oLE1YjsC4BqMfo2on+mAv1FU/YoZA="
)

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// k9sPlugin is what the test needs to know of one.
type k9sPlugin struct {
	ShortCut   string   `json:"shortCut"`
	Scopes     []string `json:"scopes"`
	Command    string   `json:"command"`
	Args       []string `json:"args"`
	Background bool     `json:"background"`
	Dangerous  bool     `json:"dangerous"`
}

// k9sPlugins are those of the guide, by their subcommand.
func k9sPlugins(t *testing.T) (text []byte, plugins map[string]k9sPlugin) {
	t.Helper()
	page, err := os.ReadFile("../docs/k9s.md")
	check(t, err)
	blocks := yamlBlock.FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d blocks of YAML", len(blocks))
	}
	var file struct {
		Plugins map[string]k9sPlugin `json:"plugins"`
	}
	check(t, yaml.UnmarshalStrict(blocks[0][1], &struct {
		Plugins map[string]any `json:"plugins"`
	}{}))
	check(t, yaml.Unmarshal(blocks[0][1], &file))
	plugins = map[string]k9sPlugin{}
	for name, plugin := range file.Plugins {
		plugins[strings.TrimPrefix(name, "vaultseal-")] = plugin
	}
	return blocks[0][1], plugins
}

// k9sSource is the directory of k9s' module.
func k9sSource(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", k9sModule)
	command.Dir = t.TempDir() // of no module
	text, err := command.Output()
	var module struct{ Dir, Sum, Error string }
	check(t, json.Unmarshal(text, &module))
	if err != nil || module.Sum != k9sSum {
		t.Fatalf("%s: %v %s, sum %s", k9sModule, err, module.Error, module.Sum)
	}
	return module.Dir
}

// TestK9sPluginIsValid by k9s' own schemas: the one of a file, and the stricter one of a plugin. Its keys are free in
// the view of Secrets.
func TestK9sPluginIsValid(t *testing.T) {
	source := k9sSource(t)
	text, plugins := k9sPlugins(t)
	var file map[string]any
	check(t, yaml.Unmarshal(text, &file))
	k9sValid(t, source, "plugins.json", file)
	each, _ := file["plugins"].(map[string]any)
	for _, plugin := range each {
		k9sValid(t, source, "plugin.json", plugin)
	}

	taken := k9sShiftKeys(t, source)
	if !slices.Contains(taken, "Shift-N") || !slices.Contains(taken, "Shift-J") {
		t.Fatalf("the keys of k9s are not found: %q", taken)
	}
	for name, plugin := range plugins {
		if slices.Contains(taken, plugin.ShortCut) {
			t.Errorf("%s has the key %s, which k9s has", name, plugin.ShortCut)
		}
		taken = append(taken, plugin.ShortCut)
	}
}

func k9sValid(t *testing.T, source, name string, value any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(source, "internal", "config", "json", "schemas", name))
	check(t, err)
	schema := &spec.Schema{}
	check(t, json.Unmarshal(text, schema))
	valid := func(value any) bool {
		return validate.NewSchemaValidator(schema, nil, "", strfmt.Default).Validate(value).IsValid()
	}
	if valid(map[string]any{"plugins": map[string]any{"x": map[string]any{"shortCut": "x"}}}) {
		t.Fatalf("%s accepts what is incomplete", name)
	}
	if !valid(value) {
		t.Errorf("%s refuses %v", name, value)
	}
}

// k9sShiftKeys are those that k9s itself binds in the view of Secrets.
func k9sShiftKeys(t *testing.T, source string) (keys []string) {
	t.Helper()
	shift := regexp.MustCompile(`ui\.KeyShift([A-Z])\b`)
	for _, name := range []string{"app", "browser", "owner_extender", "secret", "table"} {
		text, err := os.ReadFile(filepath.Join(source, "internal", "view", name+".go"))
		check(t, err)
		for _, found := range shift.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, "Shift-"+found[1])
		}
	}
	return keys
}

// TestK9sPlugin runs the plugin's commands as k9s does, for a Secret of the stack.
func TestK9sPlugin(t *testing.T) {
	p := newTestNamespace(t)
	secret := filepath.Join(p.dir, "secrets.json")
	check(t, os.WriteFile(secret, []byte(`{"password": "k9s-horse"}`), 0o600))
	p.kubectlIn(t, p.dir, "", "vaultseal", "create", "app", "-f", secret)
	_, plugins := k9sPlugins(t)
	if len(plugins) != 3 {
		t.Fatalf("the guide has %d plugins", len(plugins))
	}
	for name, plugin := range plugins {
		if plugin.Background || plugin.Dangerous != (name == "edit") || !slices.Equal(plugin.Scopes, []string{"secrets"}) {
			t.Errorf("%s: %+v", name, plugin)
		}
	}
	if out := p.k9s(t, plugins["view"], "app", ""); !strings.Contains(out, "k9s-horse") ||
		!strings.Contains(out, "LESS=, LESSSECURE=1\n") {
		t.Errorf("view: %s", out)
	}
	if out := p.k9s(t, plugins["verify"], "app", ""); !strings.Contains(out, "1 entry in 1 Secret checked: all open") {
		t.Errorf("verify: %s", out)
	}
	if out := p.k9s(t, plugins["view"], "absent", ""); !strings.Contains(out, `"absent" not found`) {
		t.Errorf("what failed is not shown: %s", out)
	}
	p.k9s(t, plugins["edit"], "app", "")
	if out := p.k9s(t, plugins["view"], "app", ""); !strings.Contains(out, "k9s-mule") {
		t.Errorf("edit changed nothing: %s", out)
	}
	if out := p.k9s(t, plugins["edit"], "absent", "\n"); !strings.Contains(out, `"absent" not found`) {
		t.Errorf("what failed is not shown: %s", out)
	}
}

// k9s runs a plugin's command with k9s' variables replaced, and gives its output. No argument holds plaintext.
func (p testNamespace) k9s(t *testing.T, plugin k9sPlugin, name, stdin string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(p.kubeconfig)
	check(t, err)
	bin := t.TempDir()
	for program, text := range map[string]string{
		"less":   "#!/bin/sh\necho \"LESS=$LESS, LESSSECURE=$LESSSECURE\"\nexec cat\n",
		"editor": "#!/bin/sh\nsed -i.bak s/k9s-horse/k9s-mule/ \"$1\" && rm \"$1.bak\"\n",
	} {
		check(t, os.WriteFile(filepath.Join(bin, program), []byte(text), 0o700))
	}
	variables := strings.NewReplacer("$KUBECONFIG", p.kubeconfig, "$NAMESPACE", p.namespace, "$NAME", name,
		"$CONTEXT", config.CurrentContext)
	args := make([]string, 0, len(plugin.Args))
	for _, arg := range plugin.Args {
		args = append(args, variables.Replace(arg))
	}
	command := exec.CommandContext(t.Context(), plugin.Command, args...)
	command.Stdin = strings.NewReader(stdin)
	command.Env = append(p.environment("LESS=-X", "EDITOR="+filepath.Join(bin, "editor")), "KUBECONFIG=/of-another-cluster",
		"PATH="+bin+":"+os.Getenv("PATH"))
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
	return string(out)
}
