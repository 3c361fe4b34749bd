package etcdlog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Etcd is the etcd of a stack. It listens on the loopback address, without TLS.
type Etcd struct {
	address string // http://HOST:PORT
}

// event is a write of any key, in the JSON of etcd's gateway.
type event struct {
	Type string `json:"type"`
	KV   struct {
		Key         []byte `json:"key"`
		Value       []byte `json:"value"`
		ModRevision int64  `json:"mod_revision,string"`
	} `json:"kv"`
}

func (e event) deletion() bool { return e.Type == "DELETE" }

// header is in each of etcd's answers.
type header struct {
	Revision int64 `json:"revision,string"`
}

// watchAnswer is one line of the answer to a watch.
type watchAnswer struct {
	Result struct {
		Canceled        bool    `json:"canceled"`
		CancelReason    string  `json:"cancel_reason"`
		CompactRevision int64   `json:"compact_revision,string"`
		Events          []event `json:"events"`
	} `json:"result"`
	Error struct {
		Message string `json:"message"`
	} `json:"error"`
}

// CompactedError says that etcd has no writes before a revision any more.
type CompactedError struct{ Revision int64 }

func (e *CompactedError) Error() string {
	return fmt.Sprintf("etcd is compacted: it has nothing before revision %d", e.Revision)
}

// Revision is etcd's revision now. All later writes have greater revisions.
func (e *Etcd) Revision(ctx context.Context) (int64, error) {
	request := map[string]any{"key": []byte{0}} // no such key: only the header matters
	var answer struct {
		Header header `json:"header"`
	}
	err := e.post(ctx, "kv/range", request, func(d *json.Decoder) error { return d.Decode(&answer) })
	if err == nil && answer.Header.Revision < 1 {
		err = fmt.Errorf("etcd has told no revision")
	}
	return answer.Header.Revision, err
}

// watch yields each write from the first revision up to the last one. Every revision is a write of some key, so a watch
// of all keys is complete when it has come to the last revision.
func (e *Etcd) watch(ctx context.Context, last int64, yield func(event) error) error {
	all := map[string]any{"key": []byte{0}, "range_end": []byte{0}, "start_revision": "1"} // from the smallest one on
	return e.post(ctx, "watch", map[string]any{"create_request": all}, func(d *json.Decoder) error {
		return readWatch(d, last, yield)
	})
}

func readWatch(d *json.Decoder, last int64, yield func(event) error) error {
	for reached := int64(1); reached < last; {
		var answer watchAnswer
		if err := d.Decode(&answer); err != nil {
			return fmt.Errorf("watch etcd, at revision %d of %d: %w", reached, last, err)
		}
		switch result := answer.Result; {
		case answer.Error.Message != "":
			return fmt.Errorf("watch etcd: %s", answer.Error.Message)
		case result.CompactRevision > 0:
			return &CompactedError{Revision: result.CompactRevision}
		case result.Canceled:
			return fmt.Errorf("etcd has cancelled the watch: %s", result.CancelReason)
		}
		for _, each := range answer.Result.Events {
			if each.KV.ModRevision < reached {
				return fmt.Errorf("watch etcd: revision %d comes after %d", each.KV.ModRevision, reached)
			}
			if reached = each.KV.ModRevision; reached > last {
				return nil
			}
			if err := yield(each); err != nil {
				return err
			}
		}
	}
	return nil
}

// post sends a request to etcd's gateway, and reads its answer.
func (e *Etcd) post(ctx context.Context, path string, request any, read func(*json.Decoder) error) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address+"/v3/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(call)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd answers %s with %s", path, answer.Status)
	}
	return read(json.NewDecoder(answer.Body))
}
