// Package picture draws the images of nodes, which all are silhouettes: one of the
// id's tint, that tells nothing about what exists.
package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/prokura/prokura"
)

// Lengths of sides in pixels.
const (
	Default = 50
	largest = 320
	step    = 10
)

// Side is the length of a side that there are images of: the next multiple
// of step. So there are few images, and each is drawn once.
func Side(n int64) int64 {
	return min((min(n, largest)+step-1)/step*step, largest)
}

const path = "/picture/image.png"

// URL is the address of a node's image: on an origin of ours, without a
// token, the same for nodes that exist and for those that do not.
func URL(base string, id prokura.ID, width, height int64) string {
	return base + "/" + id.String() + path + "?width=" + strconv.FormatInt(width, 10) + "&height=" + strconv.FormatInt(height, 10)
}

// Serves reports whether a request is for an image.
func Serves(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, path) && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// Images keeps what was drawn. The zero value is ready.
type Images struct {
	drawn sync.Map // key: the file, of about a kilobyte
}

// ServeHTTP answers the image of an id. It is computed from the id alone, so
// that it tells nothing about what exists.
func (m *Images) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, err := prokura.ParseID(strings.TrimPrefix(strings.TrimSuffix(r.URL.Path, path), "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what cannot be read is not said
	side := func(name string) int {
		if n, err := strconv.ParseInt(query.Get(name), 10, 64); err == nil && n > 0 {
			return int(Side(n))
		}
		return Default
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=86400, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	file, err := m.file(key{tintOf(id), side("width"), side("height")})
	if err != nil {
		http.Error(w, "The image cannot be made.", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(file)))
	_, _ = w.Write(file) // the client has gone; there is nobody to tell
}

// key tells images apart: there are 8 × 32 × 32.
type key struct{ tint, width, height int }

func (m *Images) file(k key) ([]byte, error) {
	if file, ok := m.drawn.Load(k); ok {
		return file.([]byte), nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, silhouette(k.tint, k.width, k.height)); err != nil {
		return nil, err
	}
	m.drawn.Store(k, b.Bytes())
	return b.Bytes(), nil
}

// tints are backgrounds that white shows on.
var tints = []color.RGBA{
	{0x4a, 0x6f, 0x8a, 0xff}, {0x5b, 0x7a, 0x5e, 0xff}, {0x8a, 0x63, 0x52, 0xff}, {0x6d, 0x5f, 0x8d, 0xff},
	{0x3f, 0x7d, 0x7b, 0xff}, {0x8a, 0x59, 0x73, 0xff}, {0x7a, 0x6f, 0x45, 0xff}, {0x56, 0x65, 0x7f, 0xff},
}

func tintOf(id prokura.ID) int { return int(uint64(id) * 0x9e3779b97f4a7c15 >> 61) }

// silhouette draws a head over shoulders, with edges smoothed by four samples
// a pixel.
func silhouette(tint, width, height int) image.Image {
	const samples = 2
	back := tints[tint]
	palette := color.Palette{}
	for i := range samples*samples + 1 {
		mix := func(c uint8) uint8 { return c + uint8((0xff-int(c))*i/(samples*samples)) }
		palette = append(palette, color.RGBA{mix(back.R), mix(back.G), mix(back.B), 0xff})
	}
	img := image.NewPaletted(image.Rect(0, 0, width, height), palette)
	inside := func(x, y, cx, cy, rx, ry float64) bool {
		dx, dy := (x-cx)/rx, (y-cy)/ry
		return dx*dx+dy*dy <= 1
	}
	for py := range height {
		for px := range width {
			var n uint8
			for s := range samples * samples {
				x := (float64(px) + (float64(s%samples)+0.5)/samples) / float64(width)
				y := (float64(py) + (float64(s/samples)+0.5)/samples) / float64(height)
				if inside(x, y, 0.5, 0.4, 0.18, 0.18) || inside(x, y, 0.5, 1.0, 0.36, 0.34) {
					n++
				}
			}
			img.SetColorIndex(px, py, n)
		}
	}
	return img
}
