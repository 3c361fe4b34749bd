package sealed

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// keptEntries are the entries whose plaintext annotations carry, of a sealed Secret with the entry a.
func keptEntries(annotations map[string]string) []string {
	var entries []string
	for _, kept := range KeptPlaintext(liveSecret(annotations, map[string]string{"a": ciphertext(1)})) {
		entries = append(entries, kept.Entry)
	}
	return entries
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	file, err := w.Create("original")
	if err == nil {
		_, err = file.Write([]byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

func TestKeptPlaintext(t *testing.T) {
	plain := applied(t, map[string][]byte{"b": []byte(marker)}, nil)
	sealed := applied(t, map[string][]byte{"b": []byte(ciphertext(1))}, nil)
	var empty bytes.Buffer
	if err := zip.NewWriter(&empty).Close(); err != nil {
		t.Fatal(err)
	}
	const rancher, banzai = "objectset.rio.cattle.io/applied", "banzaicloud.com/last-applied"
	for name, c := range map[string]struct {
		annotation, text string
		want             []string
	}{
		"gzip":                    {rancher, gzipped(t, plain), []string{"b"}},
		"gzip of ciphertext":      {rancher, gzipped(t, sealed), nil},
		"gzip that is cut":        {rancher, gzipped(t, plain)[:40], []string{rancher}},
		"zip":                     {banzai, zipped(t, plain), []string{"b"}},
		"zip of ciphertext":       {banzai, zipped(t, sealed), nil},
		"base64":                  {banzai, base64.StdEncoding.EncodeToString([]byte(plain)), []string{"b"}},
		"a copy, not a hash":      {"kapp.k14s.io/original-diff-md5", plain, []string{"b"}},
		"a copy, named as a hash": {"example.com/original-md5", plain, []string{"b"}},
		"kapp's hash":             {"kapp.k14s.io/original-diff-md5", "9e4358320402790700b5cb4f", nil},
		"kapp's difference": {"kapp.k14s.io/original-diff", "- type: replace",
			[]string{"kapp.k14s.io/original-diff"}},
		"base64 that is cut":       {banzai, base64.StdEncoding.EncodeToString([]byte(plain))[:41], []string{banzai}},
		"gzip with another end":    {rancher, gzipped(t, plain)[:60] + "AAAA", []string{rancher}},
		"only a header of gzip":    {rancher, "H4sI", []string{rancher}},
		"zip that is cut":          {banzai, zipped(t, plain)[:80], []string{banzai}},
		"zip without a file":       {banzai, base64.StdEncoding.EncodeToString(empty.Bytes()), []string{banzai}},
		"a copy of other entries":  {banzai, `{"data":{"other":"eA=="}}`, []string{"other"}},
		"hex that is too long":     {banzai, strings.Repeat("ab", 33), []string{banzai}},
		"the longest hash":         {banzai, strings.Repeat("ab", 32), nil},
		"empty values":             {banzai, `{"kind":"Secret","data":{"x":""},"stringData":{"y":""}}`, nil},
		"any, after white space":   {"example.org/backup", "\n " + plain, []string{"b"}},
		"any annotation":           {"example.org/backup", plain, []string{"b"}},
		"any annotation, gzip":     {"example.org/backup", gzipped(t, plain), []string{"b"}},
		"any, ciphertext":          {"example.org/backup", sealed, nil},
		"any, an entry's name":     {"example.org/backup", `{"stringData":{"a":"` + marker + `"}}`, []string{"a"}},
		"any, an entry in data":    {"example.org/backup", `{"data":{"a":"AAAA"}}`, []string{"a"}},
		"any, what is no Secret":   {"example.org/backup", `{"kind":"ConfigMap","data":{"x":"AAAA"}}`, nil},
		"any, what cannot be read": {"example.org/backup", `{"data":` + marker, nil},
	} {
		t.Run(name, func(t *testing.T) {
			annotations := map[string]string{c.annotation: c.text}
			if got := keptEntries(annotations); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			for _, kept := range KeptPlaintext(liveSecret(annotations, nil)) {
				if kept.Annotation != c.annotation {
					t.Errorf("it is in annotation %q", kept.Annotation)
				}
			}
		})
	}
}

func TestCopies(t *testing.T) {
	for annotation, want := range map[string]bool{
		LastAppliedAnnotation: true, "kapp.k14s.io/original": true, "kapp.k14s.io/original-diff-md5": true,
		"kapp.k14s.io/identity":           false,
		"objectset.rio.cattle.io/applied": true, "objectset.rio.cattle.io/id": false,
		"banzaicloud.com/last-applied":               true,
		"fleet.azure.com/last-applied-configuration": true, "configmanagement.gke.io/declared-config": true,
		"configsync.gke.io/declared-fields": false,
		"example.org/note":                  false, "last-applied": false,
	} {
		if got := IsCopy(annotation); got != want {
			t.Errorf("IsCopy(%q) = %v", annotation, got)
		}
		if want && !IsMetadata(annotation, "") {
			t.Errorf("%s stays", annotation)
		}
	}
}
