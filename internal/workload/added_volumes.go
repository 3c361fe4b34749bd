package workload

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/vaultseal/kubectl-vaultseal/internal/config"
)

// tokenSeconds is the lifetime of the token for Vault: the shortest that Kubernetes allows.
const tokenSeconds = 600

// variableSpace is the size limit of a memory volume for each variable: Linux refuses a longer one.
const variableSpace = 128 << 10

func variablesSpace(count int) int64 { return int64(max(count*variableSpace, 1<<20)) }

// inMemory is a volume in memory, which counts for the containers that write to it.
func (i *injection) inMemory(bytes int64) *corev1.EmptyDirVolumeSource {
	i.memory += bytes
	return &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory,
		SizeLimit: resource.NewQuantity(bytes, resource.BinarySI)}
}

// addVolumes adds the volumes that only containers of vaultseal mount, and those of variables.
func (i *injection) addVolumes() error {
	var volumes []corev1.Volume
	for _, s := range i.sources {
		s.volume = i.names.of(sealedPrefix, s.secret)
		from := &corev1.SecretVolumeSource{SecretName: s.secret, DefaultMode: ptr.To[int32](allRead)}
		if s.optional {
			from.Optional = ptr.To(true)
		}
		for _, entry := range s.entries {
			from.Items = append(from.Items, corev1.KeyToPath{Key: entry, Path: entry})
		}
		volumes = append(volumes, corev1.Volume{Name: s.volume, VolumeSource: corev1.VolumeSource{Secret: from}})
	}
	volumes = append(volumes, i.added...)
	if i.variables > 0 {
		volumes = append(volumes, corev1.Volume{Name: envVolume,
			VolumeSource: corev1.VolumeSource{EmptyDir: i.inMemory(variablesSpace(i.variables))}})
	}
	if i.binary {
		volumes = append(volumes, corev1.Volume{Name: binaryVolume,
			VolumeSource: corev1.VolumeSource{EmptyDir: binarySource()}})
	}
	audience := i.vault.Audience
	if audience == "" {
		audience = config.DefaultAudience
	}
	volumes = append(volumes, corev1.Volume{Name: tokenVolume, VolumeSource: corev1.VolumeSource{
		Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{
			ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Audience: audience,
				ExpirationSeconds: ptr.To[int64](tokenSeconds), Path: "token"},
		}}},
	}})
	values := make([]any, len(volumes))
	for n := range volumes {
		values[n] = asJSON(volumes[n])
	}
	i.insertLast(values, key("volumes"))
	return nil
}

// sealedFlags are the flags and mounts for the ciphertext of Secrets.
func (i *injection) sealedFlags(secrets []string) (flags []string, mounts []corev1.VolumeMount) {
	for _, s := range i.sources {
		if !slices.Contains(secrets, s.secret) {
			continue
		}
		known := i.secrets[s.secret]
		dir := sealedDir + s.volume
		value := fmt.Sprintf("%s=%s,transit-key=%s,scope=%s", dir, s.secret, known.Key, known.Scope)
		flags = append(flags, argument("sealed", value))
		mounts = append(mounts, corev1.VolumeMount{Name: s.volume, MountPath: dir, ReadOnly: true})
	}
	return flags, mounts
}
