package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestImage reads an archive as a runtime does, by its digests.
func TestImage(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "tree"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "tree", "file"), []byte("text"), 0o640))
	must(t, os.Symlink("file", filepath.Join(dir, "tree", "link")))
	must(t, os.WriteFile(filepath.Join(dir, "program"), []byte("elf"), 0o755))
	must(t, os.Symlink("program", filepath.Join(dir, "named")))
	image := Image{Name: "localhost/x:1", Entrypoint: []string{"/bin/x"}, User: "65532",
		Files: []ImageFile{{"/opt/tree", filepath.Join(dir, "tree")}, {"/bin/x", filepath.Join(dir, "named")}}}
	var archive bytes.Buffer
	must(t, image.WriteArchive(&archive))
	files := untar(t, &archive)

	var index struct{ Manifests []descriptor }
	must(t, json.Unmarshal(files["index.json"], &index))
	if got := index.Manifests[0].Annotations["io.containerd.image.name"]; got != image.Name {
		t.Errorf("name %q", got)
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	must(t, json.Unmarshal(blob(t, files, index.Manifests[0]), &manifest))
	var config struct {
		Config struct {
			User       string
			Entrypoint []string
		}
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	must(t, json.Unmarshal(blob(t, files, manifest.Config), &config))
	zip, err := gzip.NewReader(bytes.NewReader(blob(t, files, manifest.Layers[0])))
	must(t, err)
	layer, err := io.ReadAll(zip)
	must(t, err)
	if config.Config.User != "65532" || !slices.Equal(config.Config.Entrypoint, image.Entrypoint) ||
		config.RootFS.DiffIDs[0] != fmt.Sprintf("sha256:%x", sha256.Sum256(layer)) {
		t.Errorf("config %+v", config)
	}
	var names []string
	for reader := tar.NewReader(bytes.NewReader(layer)); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		names = append(names, fmt.Sprintf("%s %o %s", header.Name, header.Mode, header.Linkname))
	}
	if want := []string{"bin/ 755 ", "bin/x 755 ", "opt/ 755 ", "opt/tree/ 755 ", "opt/tree/file 640 ",
		"opt/tree/link 777 file"}; !slices.Equal(names, want) {
		t.Errorf("the layer holds %q, want %q", names, want)
	}
}

func blob(t *testing.T, files map[string][]byte, d descriptor) []byte {
	t.Helper()
	data := files["blobs/sha256/"+d.Digest[len("sha256:"):]]
	if fmt.Sprintf("sha256:%x", sha256.Sum256(data)) != d.Digest || len(data) != d.Size {
		t.Fatalf("blob %s has %d bytes", d.Digest, len(data))
	}
	return data
}

func untar(t *testing.T, r io.Reader) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for reader := tar.NewReader(r); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		must(t, err)
		files[header.Name], err = io.ReadAll(reader)
		must(t, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
