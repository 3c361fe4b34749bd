package setup

import (
	"context"
	"fmt"
	"slices"

	"github.com/vaultseal/kubectl-vaultseal/internal/keyusers"
)

// engineMount is the existing transit engine.
type engineMount struct {
	exists      bool
	description string
	others      []keyusers.User // that it lists, and whose auth mounts exist
}

// readKeyUsers reads which installations use the keys of the engine, and what the list must be with this one. See
// package keyusers. rotate --retire names them, because it cannot list the Secrets of other clusters.
func (s *Setup) readKeyUsers(ctx context.Context) error {
	i := s.Installation
	if i.Extends {
		return nil
	}
	engine, name := i.keyName()
	found, err := mount(s.Vault, "sys/mounts", engine)(ctx)
	if err != nil || found["type"] != "transit" {
		return unlessDenied(err)
	}
	s.engineMount.exists = true
	s.engineMount.description, _ = found["description"].(string)
	s.engineMount.others = slices.DeleteFunc(keyusers.Parse(s.engineMount.description), func(u keyusers.User) bool {
		return u.AuthMount == i.AuthMount || s.access.known && !s.access.exists(u.AuthMount)
	})
	sharing, err := s.sharing()
	if err == nil && len(sharing) > 0 && (s.ReuseKeys || s.access.opens(i)) {
		s.notes = append(s.notes, fmt.Sprintf("transit keys %s/%s are also used by %s: each opens what the others "+
			"have sealed in a namespace of the same name, and rotate --retire in one can disable versions that others "+
			"need",
			engine, name, installationsOf(sharing)))
	}
	return err
}

// sharing returns the auth mounts of the listed installations that use the same keys.
func (s *Setup) sharing() ([]string, error) {
	keys, err := s.Installation.keys()
	var mounts []string
	for _, key := range keys {
		mounts = append(mounts, keyusers.Others(keyusers.Describe("", s.engineMount.others), key,
			s.Installation.AuthMount)...)
	}
	slices.Sort(mounts)
	return slices.Compact(mounts), err
}

// noteKeyUser adds the installation to the list of an existing engine. A new engine is created with it.
func (s *Setup) noteKeyUser() []setting {
	i := s.Installation
	if !s.engineMount.exists {
		return nil
	}
	engine, _ := i.keyName()
	return []setting{{
		vault: s.Vault, kind: "key users", at: "sys/mounts/" + engine + "/tune", what: engine,
		read: constant(map[string]any{"description": s.engineMount.description}),
		data: constant(map[string]any{"description": keyusers.Describe(s.engineMount.description,
			append(s.engineMount.others, i.keyUser()))}),
		optional: "the description of engine " + engine + " does not list this installation, because the Vault token " +
			"may not write it: rotate --retire in another cluster does not name it",
	}}
}

func (i Installation) keyUser() keyusers.User {
	_, name := i.keyName()
	return keyusers.User{AuthMount: i.AuthMount, KeyName: name}
}

func installationsOf(authMounts []string) string {
	if len(authMounts) == 1 {
		return "the installation of auth mount " + authMounts[0]
	}
	return "the installations of auth mounts " + some(authMounts)
}

// noteKeyUser is Setup.noteKeyUser for the script. The description stays a JSON text, in which nothing must be escaped.
func (s *script) noteKeyUser(i Installation) {
	engine, _ := i.keyName()
	own := i.keyUser().String()
	unlisted := "note: the description of engine " + engine + " does not list this installation"
	s.line(`USERS=$(vault read -format=json -field=description sys/mounts/%s 2>/dev/null) || USERS=unread`, engine)
	s.line(`case "$USERS" in`)
	s.line(`  unread) USERS=; echo %s >&2;;`, unlisted)
	s.line(`  *%s[,\;\"]*) USERS=;;`, " "+own)
	s.line(`  *%s*) USERS=${USERS%%%%%s*}%s"${USERS#*%s}";;`, keyusers.Words, keyusers.Words,
		keyusers.Words+own+", ", keyusers.Words)
	s.line(`  ''|null|'""') USERS=%s;;`, `"`+keyusers.Words+own+`"`)
	s.line(`  *) USERS="${USERS%%\"}"%s;;`, "; "+keyusers.Words+own+`"`)
	s.line(`esac`)
	s.line(`if [ -n "$USERS" ]; then`)
	s.line(`  vault write sys/mounts/%s/tune - <<EOF || echo %s >&2`, engine, unlisted)
	s.input(`{"description": $USERS}`)
	s.line(`fi`)
}

// exists reports whether Vault has the auth mount.
func (a access) exists(authMount string) bool {
	for _, other := range a.others {
		if other == authMount {
			return true
		}
	}
	return false
}
