package test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// layouts is where `make images` puts the images, an OCI layout each.
const layouts = "../dist/images"

// descriptor names a blob of an OCI layout.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Platform  struct {
		Architecture string `json:"architecture"`
		OS           string `json:"os"`
	} `json:"platform"`
}

// index is the list of a layout's images, or that of an image's architectures.
type index struct {
	Manifests []descriptor `json:"manifests"`
}

// image is one image for one architecture.
type image struct {
	layout string
	layers []descriptor
	config imageConfig
}

// imageConfig is the part of an image's configuration that the tests read.
type imageConfig struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		User       string
		Env        []string
		Entrypoint []string
		Cmd        []string
		WorkingDir string
		Labels     map[string]string
	} `json:"config"`
}

// readImage fails the test unless `make images` has made the image.
func readImage(t *testing.T, name, arch string) image {
	t.Helper()
	i := image{layout: filepath.Join(layouts, name)}
	var top, architectures index
	readJSON(t, filepath.Join(i.layout, "index.json"), &top)
	if len(top.Manifests) != 1 {
		t.Fatalf("%s holds %d images, want one", i.layout, len(top.Manifests))
	}
	readJSON(t, i.blob(top.Manifests[0]), &architectures)
	if got := len(architectures.Manifests); got != len(machines) {
		t.Fatalf("%s is for %d architectures, want %d", i.layout, got, len(machines))
	}
	for _, one := range architectures.Manifests {
		if one.Platform.Architecture != arch || one.Platform.OS != "linux" {
			continue
		}
		var manifest struct {
			Config descriptor   `json:"config"`
			Layers []descriptor `json:"layers"`
		}
		readJSON(t, i.blob(one), &manifest)
		readJSON(t, i.blob(manifest.Config), &i.config)
		i.layers = manifest.Layers
		return i
	}
	t.Fatalf("%s has nothing for linux/%s", i.layout, arch)
	return i
}

func (i image) blob(d descriptor) string {
	return filepath.Join(i.layout, "blobs", strings.ReplaceAll(d.Digest, ":", "/"))
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; make images makes it", err)
	}
	check(t, json.Unmarshal(text, into))
}

// unpack writes the image's files into a directory, which becomes a container's
// root: with their modes and owners, so only root can.
func (i image) unpack(t *testing.T) (root string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("only root can unpack an image and run what is in it")
	}
	root = filepath.Join(t.TempDir(), "root")
	check(t, os.Mkdir(root, 0o755))
	for _, layer := range i.layers {
		check(t, i.unpackLayer(layer, root))
	}
	return root
}

func (i image) unpackLayer(layer descriptor, root string) error {
	file, err := os.Open(i.blob(layer))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(zipped); ; {
		header, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackEntry(header, entries, filepath.Join(root, header.Name)); err != nil {
			return err
		}
	}
}

func unpackEntry(header *tar.Header, content io.Reader, path string) error {
	switch header.Typeflag {
	case tar.TypeDir:
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return errors.Join(os.Symlink(header.Linkname, path), os.Lchown(path, header.Uid, header.Gid))
	case tar.TypeReg:
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	default:
		return errors.New(header.Name + " is neither a file, a directory nor a symbolic link")
	}
	return errors.Join(os.Chown(path, header.Uid, header.Gid), os.Chmod(path, header.FileInfo().Mode()))
}
