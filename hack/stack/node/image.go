package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Image is an OCI image of one layer.
type Image struct {
	Name       string // with a tag: localhost/shop:1
	Entrypoint []string
	User       string // UID[:GID]
	Files      []ImageFile
}

// ImageFile is a file of the machine in an image, or what is below a directory of it, where
// links stay links. The owner is root.
type ImageFile struct{ Target, Source string }

// descriptor names a blob by its content.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// archive is an OCI layout in a tar.
type archive struct{ *tar.Writer }

// WriteArchive writes the image as a tar that `ctr images import` reads.
func (i Image) WriteArchive(w io.Writer) error {
	layer, diffID, err := i.layer()
	if err != nil {
		return err
	}
	a := archive{tar.NewWriter(w)}
	if err := a.file("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return err
	}
	layerBlob, err := a.blob("application/vnd.oci.image.layer.v1.tar+gzip", layer)
	if err != nil {
		return err
	}
	settings := map[string]any{}
	if len(i.Entrypoint) > 0 {
		settings["Entrypoint"] = i.Entrypoint
	}
	if i.User != "" {
		settings["User"] = i.User
	}
	config, err := a.jsonBlob("application/vnd.oci.image.config.v1+json", map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": settings,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{diffID}},
	})
	if err != nil {
		return err
	}
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	manifest, err := a.jsonBlob(manifestType, map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "config": config, "layers": []descriptor{layerBlob},
	})
	if err != nil {
		return err
	}
	manifest.Annotations = map[string]string{"io.containerd.image.name": i.Name}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}})
	if err != nil {
		return err
	}
	if err := a.file("index.json", index); err != nil {
		return err
	}
	return a.Close()
}

func (a archive) jsonBlob(mediaType string, v any) (descriptor, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return descriptor{}, err
	}
	return a.blob(mediaType, data)
}

func (a archive) blob(mediaType string, data []byte) (descriptor, error) {
	hash := fmt.Sprintf("%x", sha256.Sum256(data))
	d := descriptor{MediaType: mediaType, Digest: "sha256:" + hash, Size: len(data)}
	return d, a.file("blobs/sha256/"+hash, data)
}

func (a archive) file(name string, data []byte) error {
	err := a.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))})
	if err != nil {
		return err
	}
	_, err = a.Write(data)
	return err
}

// layer returns the compressed layer, and the digest of what it holds.
func (i Image) layer() (compressed []byte, diffID string, err error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the layer is unpacked at once
	if err != nil {
		return nil, "", err
	}
	hash := sha256.New()
	layer := layerWriter{tar.NewWriter(io.MultiWriter(zip, hash)), map[string]bool{}}
	files := slices.SortedFunc(slices.Values(i.Files), func(a, b ImageFile) int {
		return strings.Compare(a.Target, b.Target)
	})
	for _, f := range files {
		source, err := filepath.EvalSymlinks(f.Source)
		if err == nil {
			err = layer.add(f.Target, source)
		}
		if err != nil {
			return nil, "", fmt.Errorf("image %s: %w", i.Name, err)
		}
	}
	if err := layer.Close(); err != nil {
		return nil, "", err
	}
	if err := zip.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), fmt.Sprintf("sha256:%x", hash.Sum(nil)), nil
}

type layerWriter struct {
	*tar.Writer
	dirs map[string]bool // that the layer has
}

// add adds a file, a link, or a directory with what is below it, and the directories above.
func (l layerWriter) add(target, source string) error {
	info, err := os.Lstat(source)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(path.Clean("/"+target), "/")
	if err := l.parents(name); err != nil {
		return err
	}
	link := ""
	if info.Mode()&os.ModeSymlink != 0 {
		if link, err = os.Readlink(source); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name, header.Uid, header.Gid, header.Uname, header.Gname = name, 0, 0, "", ""
	if info.IsDir() {
		return l.directory(header, source)
	}
	if err := l.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(source)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(l, file)
	return err
}

func (l layerWriter) directory(header *tar.Header, source string) error {
	if header.Name != "" && !l.dirs[header.Name] {
		l.dirs[header.Name] = true
		header.Name += "/"
		if err := l.WriteHeader(header); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(source)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := l.add(path.Join(header.Name, e.Name()), path.Join(source, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (l layerWriter) parents(name string) error {
	dir := path.Dir(name)
	if dir == "." || l.dirs[dir] {
		return nil
	}
	if err := l.parents(dir); err != nil {
		return err
	}
	l.dirs[dir] = true
	return l.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755})
}
