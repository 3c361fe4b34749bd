package sealed

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestContextBytes(t *testing.T) {
	at := Place{Namespace: "team-a", Name: "matrix-secrets", Entry: "secrets.json"}
	cases := []struct {
		scope Scope
		want  string
	}{
		{Strict, "v1/strict/team-a/matrix-secrets/secrets.json"},
		{NamespaceWide, "v1/namespace-wide/team-a"},
		{ClusterWide, "v1/cluster-wide"},
	}
	for _, c := range cases {
		t.Run(c.scope.String(), func(t *testing.T) {
			if got := string(c.scope.Context(at)); got != c.want {
				t.Errorf("Context = %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnboundHasNoContext(t *testing.T) {
	if got := Unbound.Context(Place{Namespace: "a", Name: "b", Entry: "c"}); got != nil {
		t.Errorf("Context = %q, want nil: an empty context is one to Vault", got)
	}
}

// oddNames are legal and look like parts of a context, or like each other.
func oddNames() (namespaces, names, entries []string) {
	namespaces = []string{
		"a", "b", "ab", "a-b", "v1", "strict", "namespace-wide", "cluster-wide", "0", strings.Repeat("n", 63),
	}
	names = append([]string{"a.b", "a-b.c", "v1.strict", strings.Repeat("s", 253)}, namespaces...)
	entries = append([]string{".env", "..a", "a.", "_", "A", "a_b", "-", "v1.json", "..."}, names...)
	return namespaces, names, entries
}

// binding is what the context of an entry has to tell apart under a scope.
func binding(scope Scope, at Place) string {
	switch scope {
	case Strict:
		return fmt.Sprintf("%q", []string{"strict", at.Namespace, at.Name, at.Entry})
	case NamespaceWide:
		return fmt.Sprintf("%q", []string{"namespace-wide", at.Namespace})
	default:
		return "cluster-wide"
	}
}

func TestContextsDoNotCollide(t *testing.T) {
	namespaces, names, entries := oddNames()
	seen := map[string]string{}
	for _, scope := range []Scope{Strict, NamespaceWide, ClusterWide} {
		for _, namespace := range namespaces {
			for _, name := range names {
				for _, entry := range entries {
					at := Place{Namespace: namespace, Name: name, Entry: entry}
					context, binding := string(scope.Context(at)), binding(scope, at)
					if other, found := seen[context]; found && other != binding {
						t.Fatalf("%s and %s share the context %q", other, binding, context)
					}
					seen[context] = binding
				}
			}
		}
	}
}

func TestRandomContextsDoNotCollide(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	legal := "ab-.1"
	part := func() string {
		text := make([]byte, 1+random.IntN(3))
		for i := range text {
			text[i] = legal[random.IntN(len(legal))]
		}
		return string(text)
	}
	seen := map[string]Place{}
	for range 50_000 {
		at := Place{Namespace: part(), Name: part(), Entry: part()}
		context := string(Strict.Context(at))
		if other, found := seen[context]; found && other != at {
			t.Fatalf("%+v and %+v share the context %q", other, at, context)
		}
		seen[context] = at
	}
}

func TestNoOtherScopeHasTheContext(t *testing.T) {
	at := Place{Namespace: "namespace-wide", Name: "strict", Entry: "cluster-wide"}
	seen := map[string]Scope{}
	for _, scope := range []Scope{Strict, NamespaceWide, ClusterWide, Unbound} {
		context := string(scope.Context(at))
		if other, found := seen[context]; found {
			t.Errorf("%s and %s share the context %q", other, scope, context)
		}
		seen[context] = scope
	}
}

func TestParseScope(t *testing.T) {
	for _, scope := range []Scope{Strict, NamespaceWide, ClusterWide} {
		t.Run(string(scope), func(t *testing.T) {
			if got, err := ParseScope(string(scope)); err != nil || got != scope {
				t.Errorf("ParseScope = %q, %v", got, err)
			}
		})
	}
}

func TestParseScopeRefuses(t *testing.T) {
	for _, name := range []string{
		"", "unbound", "Strict", " strict", "strict ", "namespace", "namespace_wide", "cluster",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseScope(name)
			if err == nil || got != Unbound {
				t.Fatalf("ParseScope = %q, %v; want an error", got, err)
			}
			for _, want := range []string{"strict", "namespace-wide", "cluster-wide"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want it to offer %s", err, want)
				}
			}
		})
	}
}

func TestScopeString(t *testing.T) {
	for scope, want := range map[Scope]string{Unbound: "unbound", Strict: "strict", ClusterWide: "cluster-wide"} {
		if got := scope.String(); got != want {
			t.Errorf("String = %q, want %q", got, want)
		}
	}
}

// TestNoScopeMakesTheDecoy: whatever the names are, no entry is sealed under the decoy's context.
func TestNoScopeMakesTheDecoy(t *testing.T) {
	for _, scope := range []Scope{Strict, NamespaceWide, ClusterWide, Unbound} {
		for _, name := range []string{"", "decoy", "v1/decoy", "../decoy"} {
			if context := string(scope.Context(Place{name, name, name})); context == decoyContext {
				t.Errorf("%s makes %s", scope, context)
			}
		}
	}
}

// TestCovers: a scope covers those that are as wide or wider.
func TestCovers(t *testing.T) {
	scopes := []Scope{Unbound, ClusterWide, NamespaceWide, Strict}
	for i, scope := range scopes {
		for j, least := range scopes {
			if got := scope.Covers(least); got != (i >= j) {
				t.Errorf("%s covers %s: %v", scope, least, got)
			}
		}
	}
	if Scope("other").Covers(ClusterWide) {
		t.Error("an unknown scope covers cluster-wide")
	}
}

func TestNothingCoversAnUnknownScope(t *testing.T) {
	for _, scope := range []Scope{Unbound, ClusterWide, NamespaceWide, Strict, "other"} {
		if scope.Covers("Strict") {
			t.Errorf("%s covers an unknown scope", scope)
		}
		if !scope.Covers(Unbound) && scope != "other" {
			t.Errorf("%s does not cover unbound", scope)
		}
	}
}
