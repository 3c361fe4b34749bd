package samples

import (
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// Generator makes workloads.
type Generator struct{ *rand.Rand }

// New returns the Generator of a seed. Each series of seeds has other workloads.
func New(seed, series uint64) Generator {
	return Generator{rand.New(rand.NewPCG(seed, series))} //nolint:gosec // the same in every run
}

// Entries returns the entries of the Secrets that workloads reference, by their names. Two more Secrets do not have
// that: plain, which is not sealed and has the entry user, and absent.
func Entries() map[string][]string {
	return map[string][]string{"db": {"password", "user"}, "tls": {"tls.crt", "tls.key"}, "wide": {"token"}}
}

// Often is true in two of three cases.
func (g Generator) Often() bool { return g.IntN(3) > 0 }

func (g Generator) oneOf(words ...string) string { return words[g.IntN(len(words))] }

func (g Generator) secret() string { return g.oneOf("db", "tls", "wide", "plain", "absent") }

func (g Generator) entry(secret string) string {
	if entries := Entries()[secret]; len(entries) > 0 {
		return g.oneOf(entries...)
	}
	return g.oneOf("user", "a")
}

func (g Generator) items(secret string) []corev1.KeyToPath {
	var items []corev1.KeyToPath
	for n := range g.IntN(3) {
		one := corev1.KeyToPath{Key: g.entry(secret), Path: fmt.Sprintf("%s/%d=%s", g.oneOf("a", "b c", "$(d)"), n,
			g.oneOf("x", "y,optional", "über"))}
		if g.Often() {
			one.Mode = ptr.To[int32](0o444)
		}
		items = append(items, one)
	}
	return items
}

// mode is that of a volume's files; nil: the default.
func (g Generator) mode() *int32 {
	return []*int32{nil, nil, ptr.To[int32](0o444), ptr.To[int32](0o440), ptr.To[int32](0o755)}[g.IntN(5)]
}

func (g Generator) volume(n int) corev1.Volume {
	volume := corev1.Volume{Name: fmt.Sprintf("v%d", n)}
	name := g.secret()
	switch g.IntN(4) {
	case 0:
		volume.EmptyDir = &corev1.EmptyDirVolumeSource{}
	case 1:
		volume.Projected = &corev1.ProjectedVolumeSource{DefaultMode: g.mode(), Sources: []corev1.VolumeProjection{
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "c"}}},
			{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: name},
				Items: g.items(name), Optional: ptr.To(g.Often())}},
		}}
		g.Shuffle(2, func(a, b int) {
			s := volume.Projected.Sources
			s[a], s[b] = s[b], s[a]
		})
	default:
		volume.Secret = &corev1.SecretVolumeSource{SecretName: name, Items: g.items(name), DefaultMode: g.mode()}
		if !g.Often() {
			volume.Secret.Optional = ptr.To(g.Often())
		}
	}
	return volume
}

func (g Generator) container(name string, volumes []corev1.Volume) corev1.Container {
	c := corev1.Container{Name: name, Image: "image", Command: []string{"run", "$$(A)"}}
	if !g.Often() {
		c.Args = []string{"serve", "a b"}
	}
	for n, volume := range volumes {
		if g.Often() {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: volume.Name,
				MountPath: fmt.Sprintf("/m%d", n), ReadOnly: g.Often(), SubPath: g.oneOf("", "", "a")})
		}
	}
	c.Env, c.EnvFrom = g.variables(), g.variablesFrom()
	if g.Often() {
		c.SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To(int64(g.IntN(3)))}
	}
	if !g.Often() {
		c.Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi")}
	}
	return c
}

func (g Generator) variables() (variables []corev1.EnvVar) {
	for n := range g.IntN(4) {
		one := corev1.EnvVar{Name: fmt.Sprintf("%s%d", g.oneOf("N", "on", "a.b", "x-"), n),
			Value: g.oneOf("1", "yes", "a: b")}
		if secret := g.secret(); g.Often() {
			one.Value = ""
			one.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: g.entry(secret),
				LocalObjectReference: corev1.LocalObjectReference{Name: secret}}}
		}
		variables = append(variables, one)
	}
	return variables
}

func (g Generator) variablesFrom() (all []corev1.EnvFromSource) {
	for n := range g.IntN(3) {
		from := corev1.EnvFromSource{Prefix: g.oneOf("", "P_", fmt.Sprint("Q", n))}
		ref := corev1.LocalObjectReference{Name: g.oneOf("db", "tls", "plain")}
		if g.Often() {
			from.SecretRef = &corev1.SecretEnvSource{LocalObjectReference: ref}
		} else {
			ref.Name = "settings"
			from.ConfigMapRef = &corev1.ConfigMapEnvSource{LocalObjectReference: ref}
		}
		all = append(all, from)
	}
	return all
}

// Pod returns a pod.
func (g Generator) Pod(name string) *corev1.Pod {
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: name}}
	if g.Often() {
		pod.Annotations = map[string]string{"a": "b"}
	}
	if !g.Often() {
		pod.Spec.SecurityContext = &corev1.PodSecurityContext{FSGroup: ptr.To[int64](3)}
	}
	for n := range g.IntN(4) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, g.volume(n))
	}
	for n := range g.IntN(3) {
		c := g.container(fmt.Sprintf("init%d", n), pod.Spec.Volumes)
		if !g.Often() {
			c.RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
		}
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, c)
	}
	for n := range 1 + g.IntN(2) {
		pod.Spec.Containers = append(pod.Spec.Containers, g.container(fmt.Sprintf("main%d", n), pod.Spec.Volumes))
	}
	return pod
}
