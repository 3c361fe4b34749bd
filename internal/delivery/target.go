package delivery

import (
	"io/fs"

	"github.com/vaultseal/kubectl-vaultseal/internal/sealed"
)

// DefaultMode is the mode of files whose target has none, and of kubelet's.
const DefaultMode fs.FileMode = 0o644

// Entry names one entry of a Secret.
type Entry struct{ Secret, Name string }

func (e Entry) String() string { return e.Secret + "/" + e.Name }

// Sealed is a directory with ciphertext of a Secret: a file for each entry, named as the entry.
type Sealed struct {
	Dir, Secret string
	Key         sealed.KeyTemplate // zero: the default
	Scope       *sealed.Scope      // nil: the default
}

// Target is what one flag writes to a directory that is switched as a whole, or to a file of its own: *Dir, *File or
// *Copy.
type Target interface{ target() }

// Dir is a directory that is switched as a whole, with all entries of a Secret.
type Dir struct {
	Path, Secret string // Secret is empty if the targets after it say what the directory holds
	Mode         fs.FileMode
}

// File is a file with one entry.
type File struct {
	Path     string
	Entry    Entry
	Mode     fs.FileMode
	Optional bool // an entry that does not exist is left out
}

// Copy is a directory that is switched as a whole, with the files of another one.
type Copy struct {
	Path, From string

	Mode fs.FileMode // 0: each file has that of the original
}

func (*Dir) target()  {}
func (*File) target() {}
func (*Copy) target() {}

// EnvFile is a file with variables in the format of Kubernetes' fileKeyRef.
type EnvFile struct {
	Path      string
	Variables []Variable
}

// Variable is a variable whose value is an entry.
type Variable struct {
	Name     string
	Entry    Entry
	Optional bool // without the entry its line is left out
}

// Targets are everything to write, and where the ciphertext is.
type Targets struct {
	Sealed   []Sealed
	Writes   []Target // of one path in a directory the last one wins
	EnvFiles []EnvFile
	MakeDirs []string // empty directories
	Binaries []string // copies of the running program
}
