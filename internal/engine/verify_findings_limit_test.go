package engine

import (
	"fmt"
	"testing"
)

// TestManyFindingsOfASecretAreCounted: a report does not grow with what strangers put into one Secret.
func TestManyFindingsOfASecretAreCounted(t *testing.T) {
	bad := sealedSecret("a", "s", derived, 1, map[string]string{"x": "x"})
	value := []byte(ciphertext(derived.Key, 1, "elsewhere", "x").String())
	for i := range 8000 {
		bad.Data[fmt.Sprintf("e%d", i)] = value
	}
	report, err := newTestClient(t, newFakeCluster(bad), newFakeVault(derived), "transit/derived").Verify(t.Context(),
		VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Summary.Findings[Broken] != 8000 || len(report.Findings) != maxFindings+1 {
		t.Fatalf("%d findings listed, summary %+v", len(report.Findings), report.Summary)
	}
	if rest := report.Findings[0]; rest.Name != "s" || rest.Entry != "" || rest.Status != Broken ||
		rest.Reason != "7900 more entries" {
		t.Errorf("%+v", rest)
	}
}
