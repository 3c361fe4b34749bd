//go:build unix

package delivery

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStageFile(t *testing.T) {
	setUmask(t, 0o077)
	dir := t.TempDir()
	path := filepath.Join(dir, "deep", "file")
	for _, text := range []string{"old", "new"} { // the mode does not let the owner write
		staged, err := stageFile(path, 0o444, strings.NewReader(text))
		if err == nil {
			err = staged.commit()
		}
		if err != nil {
			t.Fatal(err)
		}
		want(t, dir, "-r--r--r-- deep/file", "drwxr-xr-x deep")
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := stageFile(path, 0o444, strings.NewReader("killed")); err != nil {
		t.Fatal(err)
	}
	staged, err := stageFile(path, 0o444, strings.NewReader("discarded"))
	if err != nil {
		t.Fatal(err)
	}
	staged.discard()
	want(t, dir, "-r--r--r-- deep/file", "drwxr-xr-x deep")
	if _, err := stageFile(filepath.Join(dir, "deep"), 0o444, strings.NewReader("x")); err == nil {
		t.Error("a directory is taken for a file")
	}
	if err := removal(path).commit(); err != nil {
		t.Error(err)
	}
	if err := removal(path).commit(); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestStageBinary(t *testing.T) {
	setUmask(t, 0o077)
	dir := t.TempDir()
	staged, err := stageBinary(filepath.Join(dir, "copy"))
	if err == nil {
		err = staged.commit()
	}
	if err != nil {
		t.Fatal(err)
	}
	want(t, dir, "-rwxr-xr-x copy")
	own, _ := os.Executable()
	ownInfo, _ := os.Stat(own)
	if info, err := os.Stat(filepath.Join(dir, "copy")); err != nil || info.Size() != ownInfo.Size() {
		t.Errorf("%v, %v: want %d bytes", info, err, ownInfo.Size())
	}
}
