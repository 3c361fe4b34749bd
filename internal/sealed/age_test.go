package sealed

import (
	"maps"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 29, 10, 30, 15, 0, time.UTC)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-29T10:30:15Z":      "2026-11-29T10:30:15Z",
		"2026-11-29T12:30:15+02:00": "2026-11-29T10:30:15Z",
		"2026-11-29T10:30:15.9Z":    "2026-11-29T10:30:15Z",
		"2027-03-01":                "2027-03-01T00:00:00Z",
		"9999-12-31":                "9999-12-31T00:00:00Z",
		"9999-12-31T23:59:59Z":      "9999-12-31T23:59:59Z",
		"1970-01-01":                "1970-01-01T00:00:00Z",
	} {
		at, err := ParseTime(text)
		if err != nil || FormatTime(at) != want {
			t.Errorf("%s: %v, %v", text, at, err)
		}
	}
	for _, text := range []string{
		"", "-", "now", "90d", "2026-11-29 10:30", "2026-11-29T10:30:15", "2026-02-30", "9999999-01-01", "0001-01-01",
		"0001-01-01T00:00:00Z", "1969-12-31", "1970-01-01T00:00:00+14:00", "9999-12-31T23:59:59-00:01",
		" 2027-03-01", "2027-03-01\n", "\x1b[2J", "\u202e2027-03-01",
		"2026-11-29T1:30:15Z", "2026-11-29T10:30:15,9Z", "2026-11-29T10:30:15+24:00", "2026-11-29T10:30:15-24:00",
		"2026-11-29T10:30:15+05:60",
		strings.Repeat("9", 1<<18), "2027-03-01" + strings.Repeat("0", 100),
	} {
		_, err := ParseTime(text)
		if err == nil {
			t.Errorf("%.30q is a time", text)
			continue
		}
		if said := err.Error(); len(said) > 400 || strings.ContainsAny(said, "\x1b\n\u202e") {
			t.Errorf("%q", said)
		}
	}
}

func TestReadAge(t *testing.T) {
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for name, c := range map[string]struct {
		sealedAt, expires string // "-": no annotation
		want              Age
		invalid           string
	}{
		"nothing": {"-", "-", Age{}, ""},
		"both": {"2026-11-01T00:00:00Z", "2027-03-01",
			Age{SealedAt: at("2026-11-01T00:00:00Z"), Expires: at("2027-03-01T00:00:00Z")}, ""},
		"by a clock that is ahead": {"2026-11-29T10:34:15Z", "-", Age{SealedAt: at("2026-11-29T10:34:15Z")}, ""},
		"in the future":            {"2026-11-29T10:36:15Z", "-", Age{}, ""},
		"invalid": {"\x1b[2J", "", Age{}, "annotation vaultseal.dev/sealed-at: \"\\x1b[2J\" is not a time such as " +
			"2027-03-01T00:00:00Z, or a date such as 2027-03-01; annotation vaultseal.dev/expires: \"\" is not a " +
			"time such as 2027-03-01T00:00:00Z, or a date such as 2027-03-01"},
	} {
		annotations := map[string]string{SealedAtAnnotation: c.sealedAt, ExpiresAnnotation: c.expires}
		maps.DeleteFunc(annotations, func(_, text string) bool { return text == "-" })
		got := ReadAge(annotations, now)
		var said []string
		for _, invalid := range got.Invalid {
			said = append(said, invalid.Error())
		}
		if !got.SealedAt.Equal(c.want.SealedAt) || !got.Expires.Equal(c.want.Expires) ||
			strings.Join(said, "; ") != c.invalid {
			t.Errorf("%s: %+v, %q", name, got, said)
		}
	}
	if _, known := ReadAge(nil, now).SinceSealed(now); known {
		t.Error("the age is known")
	}
	ahead := ReadAge(map[string]string{SealedAtAnnotation: "2026-11-29T10:34:15Z"}, now)
	if since, known := ahead.SinceSealed(now); !known || since != 0 {
		t.Errorf("%v, %v", since, known)
	}
	if since, known := ahead.SinceSealed(now.Add(time.Hour)); !known || since != time.Hour-4*time.Minute {
		t.Errorf("%v, %v", since, known)
	}
	for annotation, want := range map[string]bool{SealedAtAnnotation: false, ExpiresAnnotation: true} {
		if got := ReadAge(map[string]string{annotation: "soon"}, now).UnknownExpiry(); got != want {
			t.Errorf("%s is unreadable, and the expiry is unknown: %v", annotation, got)
		}
	}
}

// TestATimeIsNoCopyOfAValue: a value that is a date may be in these annotations, and other text in them is searched.
func TestATimeIsNoCopyOfAValue(t *testing.T) {
	entries := map[string][]byte{"x": []byte("2027-03-01")}
	var public PublicMetadata
	for _, annotation := range []string{ExpiresAnnotation, SealedAtAnnotation} {
		public.Annotations = map[string]string{annotation: "2027-03-01T00:00:00Z"}
		if err := public.Check(entries); err != nil {
			t.Error(err)
		}
	}
	for name, text := range map[string]string{ExpiresAnnotation: "on 2027-03-01", "other": "2027-03-01"} {
		public.Annotations = map[string]string{name: text}
		if public.Check(entries) == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestAgeChange(t *testing.T) {
	local := time.FixedZone("", 3600)
	change := AgeChange{SealedAt: now.In(local), Expires: Expiry{Given: true, At: now.Add(time.Hour)}}
	want := map[string]any{SealedAtAnnotation: "2026-11-29T10:30:15Z", ExpiresAnnotation: "2026-11-29T11:30:15Z"}
	if got := change.Annotations(); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	never := AgeChange{Expires: Expiry{Given: true}}.Annotations()
	if at, found := never[ExpiresAnnotation]; len(never) != 1 || !found || at != nil {
		t.Errorf("%v", never)
	}
	if got := (AgeChange{}).Annotations(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
