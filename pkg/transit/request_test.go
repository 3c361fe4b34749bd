package transit

import (
	"net/http"
	"strings"
	"testing"
)

// TestAnAnswerThatIsTooLarge: an answer of any size must not fill the memory.
func TestAnAnswerThatIsTooLarge(t *testing.T) {
	v := newFakeVault(t)
	v.before = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/login") {
			return false
		}
		_, _ = w.Write(make([]byte, maxAnswer+1))
		return true
	}
	_, err := v.session(t).Key(t.Context(), testKey)
	if err == nil || !strings.Contains(err.Error(), "answer is larger than 32 MiB") {
		t.Error(err)
	}
}
