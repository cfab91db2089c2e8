package wire

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prokura/prokura"
)

// The answer of debug_token, by appending and by the standard library.
func BenchmarkEncode(b *testing.B) {
	scopes := []prokura.Permission{"ads_management", "ads_read", "business_management", "catalog_management", "pages_show_list"}
	b.Run("Writer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w := newWriter()
			w.Open('{')
			w.Key("data").Open('{')
			w.Key("app_id").ID(100000000000101)
			w.Key("type").String("SYSTEM_USER")
			w.Key("application").String("Brightline Campaigns")
			w.Key("data_access_expires_at").Int(0)
			w.Key("expires_at").Int(0)
			w.Key("is_valid").Bool(true)
			w.Key("issued_at").Int(1700000000)
			Strings(w.Key("scopes"), scopes)
			w.Key("user_id").ID(100000000000900)
			w.Close('}').Close('}')
			w.release()
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		type data struct {
			AppID       string               `json:"app_id"`
			Type        string               `json:"type"`
			Application string               `json:"application"`
			DataAccess  int64                `json:"data_access_expires_at"`
			Expires     int64                `json:"expires_at"`
			Valid       bool                 `json:"is_valid"`
			Issued      int64                `json:"issued_at"`
			Scopes      []prokura.Permission `json:"scopes"`
			User        string               `json:"user_id"`
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(map[string]any{"data": data{"100000000000101", "SYSTEM_USER", "Brightline Campaigns", 0, 0, true, 1700000000, scopes, "100000000000900"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// discard is a ResponseWriter that keeps nothing, so that the benchmark sees
// the wire and not the recorder.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// A whole read without network, against a handler that writes the same bytes.
func BenchmarkMe(b *testing.B) {
	body := []byte(`{"name":"thing","id":"1"}`)
	for name, h := range map[string]http.Handler{
		"wire": world(b),
		"bare": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=UTF-8")
			_, _ = w.Write(body)
		}),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/v24.0/me?fields=name&access_token=A", nil)
			w := &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkParseFields(b *testing.B) {
	for b.Loop() {
		if _, err := ParseFields("id,name,adaccounts.limit(5){name,account_status},picture.width(200)", 1, nil); err != nil {
			b.Fatal(err)
		}
	}
}
