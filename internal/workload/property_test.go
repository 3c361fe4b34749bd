package workload

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubectlyaml "sigs.k8s.io/yaml"
)

// generator makes pods that reference Secrets in random ways.
type generator struct{ *rand.Rand }

func (g generator) oneOf(words ...string) string { return words[g.IntN(len(words))] }
func (g generator) often() bool                  { return g.IntN(3) > 0 }

func (g generator) secret() string { return g.oneOf("db", "tls", "wide", "plain", "absent") }

func (g generator) entry(secret string) string {
	entries := someFacts().secrets[secret].Entries
	if len(entries) == 0 {
		return "a"
	}
	return g.oneOf(entries...)
}

func (g generator) items(secret string) []corev1.KeyToPath {
	var items []corev1.KeyToPath
	for n := range g.IntN(3) {
		one := corev1.KeyToPath{Key: g.entry(secret), Path: fmt.Sprintf("%s/%d=%s", g.oneOf("a", "b c", "$(d)"), n,
			g.oneOf("x", "y,optional", "über"))}
		if g.often() {
			one.Mode = ptr.To[int32](0o444)
		}
		items = append(items, one)
	}
	return items
}

func (g generator) volume(n int) corev1.Volume {
	volume := corev1.Volume{Name: fmt.Sprintf("v%d", n)}
	name := g.secret()
	switch g.IntN(4) {
	case 0:
		volume.EmptyDir = &corev1.EmptyDirVolumeSource{}
	case 1:
		volume.Projected = &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "c"}}},
			{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: name},
				Items: g.items(name), Optional: ptr.To(g.often())}},
		}}
		g.Shuffle(2, func(a, b int) {
			s := volume.Projected.Sources
			s[a], s[b] = s[b], s[a]
		})
	default:
		volume.Secret = &corev1.SecretVolumeSource{SecretName: name, Items: g.items(name)}
	}
	return volume
}

func (g generator) container(name string, volumes []corev1.Volume) corev1.Container {
	c := corev1.Container{Name: name, Image: "image", Command: []string{"run", "$$(A)"}}
	for n, volume := range volumes {
		if g.often() {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: volume.Name,
				MountPath: fmt.Sprintf("/m%d", n), ReadOnly: g.often(), SubPath: g.oneOf("", "", "a")})
		}
	}
	for n := range g.IntN(4) {
		one := corev1.EnvVar{Name: fmt.Sprintf("%s%d", g.oneOf("N", "on", "a.b", "x-"), n),
			Value: g.oneOf("1", "yes", "a: b")}
		if secret := g.secret(); g.often() {
			one.Value = ""
			one.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: g.entry(secret),
				LocalObjectReference: corev1.LocalObjectReference{Name: secret}}}
		}
		c.Env = append(c.Env, one)
	}
	for n := range g.IntN(3) {
		from := corev1.EnvFromSource{Prefix: g.oneOf("", "P_", fmt.Sprint("Q", n))}
		ref := corev1.LocalObjectReference{Name: g.oneOf("db", "tls", "plain")}
		if g.often() {
			from.SecretRef = &corev1.SecretEnvSource{LocalObjectReference: ref}
		} else {
			ref.Name = "settings"
			from.ConfigMapRef = &corev1.ConfigMapEnvSource{LocalObjectReference: ref}
		}
		c.EnvFrom = append(c.EnvFrom, from)
	}
	if g.often() {
		c.SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To(int64(g.IntN(3)))}
	}
	return c
}

func (g generator) pod() *corev1.Pod {
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "a"}}
	if g.often() {
		pod.Annotations = map[string]string{"a": "b"}
	}
	for n := range g.IntN(4) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, g.volume(n))
	}
	for n := range g.IntN(3) {
		c := g.container(fmt.Sprintf("init%d", n), pod.Spec.Volumes)
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	for n := range 1 + g.IntN(2) {
		pod.Spec.Containers = append(pod.Spec.Containers, g.container(fmt.Sprintf("main%d", n), pod.Spec.Volumes))
	}
	return pod
}

// text writes the pod in one of several styles.
func (g generator) text(t *testing.T, pod *corev1.Pod) []byte {
	t.Helper()
	var text []byte
	var err error
	switch g.IntN(3) {
	case 0:
		text, err = json.Marshal(pod)
	case 1:
		text, err = json.MarshalIndent(pod, "", "  ")
	default:
		text, err = kubectlyaml.Marshal(pod)
		commented := strings.ReplaceAll(string(text), "\n  volumes:\n", "\n  # volumes\n\n  volumes: # of the pod\n")
		text = []byte(strings.ReplaceAll(commented, "    image: image\n", "    image: 'image'   # it\n"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestGenerated: for pods that reference Secrets in random ways, uninject restores the text, and from another encoding
// the value; a second inject changes nothing.
func TestGenerated(t *testing.T) {
	injected := 0
	for seed := range uint64(200) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		before := g.text(t, g.pod())
		settings := someSettings()
		settings.Exec, settings.Refresh = g.IntN(3) == 0, g.often()
		out, err := Rewrite(before, decodeYAML, someFacts(), settings)
		if err != nil {
			if strings.Contains(err.Error(), "does not exist") {
				t.Fatalf("seed %d: %v\n%s", seed, err, before)
			}
			continue
		}
		if len(out.Changed) > 0 {
			injected++
		}
		checkBack(t, before, out.Text, settings)
		checkValue(t, before, out.Text)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if injected < 70 {
		t.Errorf("only %d pods were injected", injected)
	}
}

// checkValue checks that uninject restores the value after another program has written the manifest in its own style.
func checkValue(t *testing.T, before, after []byte) {
	t.Helper()
	value, err := decodeYAML(after)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := kubectlyaml.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	restored, err := Restore(encoded, decodeYAML)
	if err != nil {
		t.Fatalf("%v\n%s", err, encoded)
	}
	got, err := decodeYAML(restored.Text)
	want, wantErr := decodeYAML(before)
	if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v\n%s\nwant\n%s", err, wantErr, restored.Text, before)
	}
}

// FuzzRewrite: whatever a manifest has, inject ends, its error has no value, and what it prints is restored.
func FuzzRewrite(f *testing.F) {
	for seed := range uint64(20) {
		g := generator{rand.New(rand.NewPCG(seed, 2))}
		text, err := kubectlyaml.Marshal(g.pod())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(pod(usesTLS + "volumes: [{name: tls, secret: {secretName: tls}}]")))
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := Rewrite(text, decodeYAML, someFacts(), someSettings())
		if err != nil {
			return
		}
		if _, err := decodeYAML(out.Text); err != nil {
			t.Errorf("%v\n%s", err, out.Text)
		}
		if strings.Contains(string(text), RecordAnnotation) {
			return
		}
		restored, err := Restore(out.Text, decodeYAML)
		if err != nil || string(restored.Text) != string(text) {
			t.Errorf("%v\n%s\nwant\n%s", err, restored.text(), text)
		}
	})
}
