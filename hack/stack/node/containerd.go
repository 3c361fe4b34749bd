package node

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// containerdConfig writes nothing outside the namespaces. A container keeps the OOM score
// of its parent where CAP_SYS_RESOURCE is missing, which a lower one needs.
const containerdConfig = `version = 3
root = '%[1]s'
state = '/run/containerd'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.internal.v1.opt']
[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = '%[2]s'
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '%[3]s'
  SystemdCgroup = false
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['%[4]s']
  conf_dir = '/run/cni/net.d'
`

// networkConfig gives each pod an address on the bridge, whose own address routes to the
// API server and to what else listens on the node.
const networkConfig = `{"cniVersion": "1.0.0", "name": "pods", "plugins": [{
  "type": "bridge", "bridge": "` + bridge + `", "isGateway": false, "ipMasq": false,
  "ipam": {
    "type": "host-local", "dataDir": "/run/cni/addresses",
    "ranges": [[{"subnet": "` + podSubnet + `", "rangeStart": "` + firstPod + `", "gateway": "` + BridgeAddress + `"}]],
    "routes": [{"dst": "0.0.0.0/0"}]
  }}]}
`

// StartRuntime starts containerd, and returns when pods can run with it.
func StartRuntime(ctx context.Context, config Config) (*Node, error) {
	n := &Node{config: config, ended: make(chan *daemon, 1)}
	if err := os.MkdirAll("/run/cni/net.d", 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile("/run/cni/net.d/pods.conflist", []byte(networkConfig), 0o600); err != nil {
		return nil, err
	}
	runc, err := filepath.EvalSymlinks(filepath.Join(config.Bin, "runc"))
	if err != nil {
		return nil, err
	}
	file, err := n.write("containerd.toml", fmt.Sprintf(containerdConfig, containerdDir, pauseImage, runc, config.Bin))
	if err != nil {
		return nil, err
	}
	containerd, err := n.launch("containerd", "--config", file)
	if err != nil {
		return nil, err
	}
	image := Image{Name: pauseImage, Entrypoint: []string{"/pause"}, User: "65535:65535",
		Files: []ImageFile{{Target: "/pause", Source: filepath.Join(config.Bin, "pause")}}}
	err = containerd.await(ctx, func(ctx context.Context) error {
		return runCtr(ctr(ctx, config.Bin, "version"), (*exec.Cmd).Start)
	})
	if err != nil {
		return nil, err
	}
	return n, load(ctx, config.Bin, image, (*exec.Cmd).Start)
}

// Load gives the node an image. bin has ctr.
func (d Description) Load(ctx context.Context, bin string, image Image) error {
	return load(ctx, bin, image, d.Start)
}

func load(ctx context.Context, bin string, image Image, start func(*exec.Cmd) error) error {
	var archive bytes.Buffer
	if err := image.WriteArchive(&archive); err != nil {
		return err
	}
	cmd := ctr(ctx, bin, "images", "import", "-")
	cmd.Stdin = &archive
	if err := runCtr(cmd, start); err != nil {
		return fmt.Errorf("load image %s: %w", image.Name, err)
	}
	return nil
}

// ctr is a command of containerd's about what kubelet runs.
func ctr(ctx context.Context, bin string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(bin, "ctr"),
		append([]string{"--address", containerdSocket, "--namespace", "k8s.io"}, args...)...)
}

func runCtr(cmd *exec.Cmd, start func(*exec.Cmd) error) error {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}
