package kit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Static serves the files under static/ at /static/. Pages address them with a
// digest of their content, so that they may be cached for a year and a new
// version of the server is seen at once.
type Static struct {
	files map[string]staticFile // by name below /static/
}

type staticFile struct {
	content []byte
	kind    string // content type
	digest  string
}

// staticKinds are the content types. Package mime would read the system's tables, which
// stay in memory and are not the same everywhere.
var staticKinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// NewStatic reads the embedded files.
func NewStatic() (*Static, error) {
	s := &Static{files: make(map[string]staticFile)}
	err := fs.WalkDir(Shared.Pages, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(Shared.Pages, name)
		if err != nil {
			return err
		}
		kind := staticKinds[path.Ext(name)]
		if kind == "" {
			return fmt.Errorf("%s is of no known type", name)
		}
		sum := sha256.Sum256(content)
		s.files[strings.TrimPrefix(name, "static/")] = staticFile{
			content: content,
			kind:    kind,
			digest:  base64.RawURLEncoding.EncodeToString(sum[:9]),
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	return s, nil
}

// URL gives the address of a file with its digest. An unknown name is an
// error, which stops the server from starting rather than a page from styling.
func (s *Static) URL(name string) (string, error) {
	f, ok := s.files[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + name + "?v=" + f.digest, nil
}

// ServeHTTP answers GET and HEAD below /static/.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/static/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("ETag", `"`+f.digest+`"`)
	if r.URL.Query().Get("v") == f.digest {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}
