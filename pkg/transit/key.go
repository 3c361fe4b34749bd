package transit

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultseal/kubectl-vaultseal/internal/lazyregexp"
)

// DefaultMount is the mount of a key that names none.
const DefaultMount = "transit"

// maxKeyLen bounds "MOUNT/NAME", in bytes. It is far above what people use and keeps errors short.
const maxKeyLen = 512

// Key names a transit key: the path Transit is mounted at, without slashes at its ends, and the key's name.
// Both become parts of request paths, so keys are made by [ParseKey] only.
type Key struct{ Mount, Name string }

// segment is what Transit accepts as a key's name (framework.GenericNameRegex in Vault's source). Each segment of a
// mount must match it too, so that no part of a path is "." or "..", or leaves the path with "%" or "?".
var segment = lazyregexp.New(`^\w(?:[\w.-]*\w)?$`)

// reservedMounts are Vault's own. Transit is never mounted there, and Vault may store what is posted there.
var reservedMounts = []string{"auth", "cubbyhole", "identity", "sys"}

// ParseKey reads "[MOUNT/]NAME". The mount may have several segments; absent it is [DefaultMount].
func ParseKey(s string) (Key, error) {
	if s == "" {
		return Key{}, errors.New("transit key is empty: want [MOUNT/]NAME")
	}
	mount, name := DefaultMount, s
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		mount, name = s[:i], s[i+1:]
	}
	if n := len(mount) + len("/") + len(name); n > maxKeyLen {
		return Key{}, fmt.Errorf("transit key is %d bytes long: at most %d are allowed", n, maxKeyLen)
	}
	if err := checkMount(mount); err != nil {
		return Key{}, fmt.Errorf("transit key %q: %w", s, err)
	}
	if err := checkSegment(name); err != nil {
		return Key{}, fmt.Errorf("transit key %q: name %w", s, err)
	}
	return Key{Mount: mount, Name: name}, nil
}

// String returns "MOUNT/NAME", which ParseKey reads back.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return k.Mount + "/" + k.Name
}

// IsZero reports whether k names no key.
func (k Key) IsZero() bool { return k == Key{} }

// check is the last guard before a key enters a path: code may also write a Key as a literal.
func (k Key) check() error {
	if k.IsZero() {
		return errors.New("no transit key")
	}
	parsed, err := ParseKey(k.Mount + "/" + k.Name)
	if err != nil {
		return err
	}
	if parsed != k {
		return fmt.Errorf("transit key %q: mount and name do not match", k.String())
	}
	return nil
}

func checkMount(mount string) error {
	segments := strings.Split(mount, "/")
	for _, s := range segments {
		if err := checkSegment(s); err != nil {
			return fmt.Errorf("mount %w", err)
		}
	}
	// An Enterprise namespace may come first in a path. Cubbyhole stores whatever is written to it.
	if slices.Contains(reservedMounts, segments[0]) || slices.Contains(segments, "cubbyhole") {
		return fmt.Errorf("mount %q is one of Vault's own, not a transit engine", mount)
	}
	return nil
}

func checkSegment(s string) error {
	if s == "" {
		return errors.New("has an empty segment")
	}
	if !segment().MatchString(s) {
		return fmt.Errorf("segment %q: letters, digits, _, - and . are allowed, - and . not at its ends", s)
	}
	return nil
}
