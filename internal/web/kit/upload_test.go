package kit

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// told is a connection that remembers until when it is to be read.
type told struct {
	http.ResponseWriter
	read time.Time
}

func (w *told) SetReadDeadline(at time.Time) error { w.read = at; return nil }

// R-WORK-05: whoever sends files a byte at a time holds a connection no longer than
// files may take.
func TestFilesEnd(t *testing.T) {
	for name, left := range map[string]time.Duration{"at its end": time.Second, "at its beginning": uploadTime} {
		end := time.Now().Add(left)
		ctx, cancel := context.WithDeadline(t.Context(), end)
		defer cancel()
		w := &told{ResponseWriter: httptest.NewRecorder()}
		q := &Request{W: w, R: httptest.NewRequestWithContext(ctx, "POST", "/files", nil)}
		q.goOn()
		if w.read.IsZero() || w.read.After(end) {
			t.Errorf("%s a form that ends at %s is read until %s", name, end, w.read)
		}
	}
}

// R-WORK-05: a form of very many fields is refused, though there is nothing in them.
func TestEmptyFields(t *testing.T) {
	for n, want := range map[int]error{10: nil, 5000: prokura.TooLarge} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for range n {
			if _, err := form.CreateFormField(""); err != nil {
				t.Fatal(err)
			}
		}
		form.Close()
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/files", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		q := &Request{W: httptest.NewRecorder(), R: r}
		if err := q.readFields(); !errors.Is(err, want) && (want != nil || err != nil) {
			t.Errorf("%d empty fields: %v", n, err)
		}
	}
}
