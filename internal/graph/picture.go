package graph

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// Sizes of pictures in pixels, both ways.
const (
	defaultImage = 50
	largestImage = 320
	imageStep    = 10
)

var imageSizes = map[string]int64{"": defaultImage, "square": defaultImage, "small": defaultImage, "album": defaultImage, "normal": 100, "large": 200}

// picture serves {node}/picture: it leads to the image, or with redirect=false
// tells where it is.
func (g *graph) picture(c *wire.Call, w *wire.Writer) error {
	stay := false
	if c.Params.Has("redirect") {
		follow, err := c.Params.Bool("redirect")
		if err != nil {
			return err
		}
		stay = !follow
	}
	width, height, err := imageSize(c)
	if err != nil {
		return err
	}
	if !stay {
		c.Redirect(imageURL(c, c.ID, width, height))
	}
	return putPicture(c, w, c.ID)
}

// putPicture writes a picture as an object. Nodes have no pictures of their
// own: all of them are silhouettes.
func putPicture(c *wire.Call, w *wire.Writer, id prokura.ID) error {
	width, height, err := imageSize(c)
	if err != nil {
		return err
	}
	w.Open('{').Key("data").Open('{')
	w.Key("height").Int(height)
	w.Key("is_silhouette").Bool(true)
	w.Key("url").String(imageURL(c, id, width, height))
	w.Key("width").Int(width)
	w.Close('}').Close('}')
	return nil
}

// imageSize reads type, width and height; a side that is not said is as long
// as the other one.
func imageSize(c *wire.Call) (width, height int64, err error) {
	kind, err := c.Params.OneOf("type", "small", "normal", "album", "large", "square")
	if err != nil {
		return 0, 0, err
	}
	if width, err = c.Params.Int("width", 0); err != nil {
		return 0, 0, err
	}
	if height, err = c.Params.Int("height", 0); err != nil {
		return 0, 0, err
	}
	if width <= 0 {
		width = height
	}
	if width <= 0 {
		width = imageSizes[kind]
	}
	if height <= 0 {
		height = width
	}
	return imageSide(width), imageSide(height), nil
}

// imageSide is the length of a side that there are images of: the next multiple
// of imageStep. So there are few images, and each is drawn once.
func imageSide(n int64) int64 {
	return min((min(n, largestImage)+imageStep-1)/imageStep*imageStep, largestImage)
}

const imagePath = "/picture/image.png"

// imageURL is the address of a node's image: on our own origin, without a
// token, the same for nodes that exist and for those that do not.
func imageURL(c *wire.Call, id prokura.ID, width, height int64) string {
	return c.BaseURL() + "/" + id.String() + imagePath + "?width=" + strconv.FormatInt(width, 10) + "&height=" + strconv.FormatInt(height, 10)
}

func isImage(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, imagePath) && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// serveImage answers the image of an id. It is computed from the id alone, so
// that it tells nothing about what exists.
func (g *graph) serveImage(w http.ResponseWriter, r *http.Request) {
	id, err := prokura.ParseID(strings.TrimPrefix(strings.TrimSuffix(r.URL.Path, imagePath), "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what cannot be read is not said
	side := func(name string) int {
		if n, err := strconv.ParseInt(query.Get(name), 10, 64); err == nil && n > 0 {
			return int(imageSide(n))
		}
		return defaultImage
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=86400, immutable")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	file, err := g.drawn(imageKey{tintOf(id), side("width"), side("height")})
	if err != nil {
		http.Error(w, "The image cannot be made.", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(file)))
	_, _ = w.Write(file) // the client has gone; there is nobody to tell
}

// imageKey tells images apart: there are 8 × 32 × 32.
type imageKey struct{ tint, width, height int }

func (g *graph) drawn(k imageKey) ([]byte, error) {
	if file, ok := g.images.Load(k); ok {
		return file.([]byte), nil
	}
	var b bytes.Buffer
	if err := png.Encode(&b, silhouette(k.tint, k.width, k.height)); err != nil {
		return nil, err
	}
	g.images.Store(k, b.Bytes())
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
