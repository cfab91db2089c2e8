package apps

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

// Icons are stored in the app's settings as a data URL of a PNG that this
// server made, and served as a file of this server. What somebody uploads is
// decoded and drawn anew, so that nothing but its pixels is kept (T61).
const (
	iconSize      = 128     // longest side of a stored icon, in pixels
	maxIconFile   = 1 << 20 // bytes of an uploaded file
	maxIconSide   = 4096
	maxIconPixels = 4 << 20 // bounds the decoder's memory to about 32 MiB
)

// EncodeIcon turns an uploaded PNG or JPEG into the data URL of a PNG of at
// most 128 × 128 pixels. What the picture claims to be is checked before it is
// decoded. The error is an [*prokura.Error] about the field icon.
func EncodeIcon(file []byte) (string, error) {
	refuse := func(text string) error {
		return prokura.Errorf(prokura.InvalidParameter, "%s", text).WithField("icon")
	}
	if len(file) > maxIconFile {
		return "", refuse("The icon is larger than 1 MiB.")
	}
	config, decode := png.DecodeConfig, png.Decode
	if bytes.HasPrefix(file, []byte("\xff\xd8")) {
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	}
	size, err := config(bytes.NewReader(file))
	if err != nil {
		return "", refuse("The icon is neither a PNG nor a JPEG picture.")
	}
	if size.Width > maxIconSide || size.Height > maxIconSide || size.Width*size.Height > maxIconPixels {
		return "", refuse("The icon has more than 4 million pixels.")
	}
	picture, err := decode(bytes.NewReader(file))
	if err != nil {
		return "", refuse("The icon's file is damaged.")
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrink(picture)); err != nil {
		return "", refuse("The icon cannot be stored.")
	}
	return kit.IconPrefix + base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// shrink makes a picture fit into iconSize, each pixel the mean of those that
// it stands for. It never enlarges.
func shrink(src image.Image) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > iconSize {
		w, h = max(1, w*iconSize/longest), max(1, h*iconSize/longest)
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		y0, y1 := b.Min.Y+y*b.Dy()/h, b.Min.Y+(y+1)*b.Dy()/h
		for x := range w {
			x0, x1 := b.Min.X+x*b.Dx()/w, b.Min.X+(x+1)*b.Dx()/w
			dst.Set(x, y, mean(src, image.Rect(x0, y0, x1, y1)))
		}
	}
	return dst
}

// mean is the average colour of an area, weighted by opacity.
func mean(src image.Image, area image.Rectangle) color.Color {
	var r, g, b, a, n uint64
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			pr, pg, pb, pa := src.At(x, y).RGBA()
			r, g, b, a, n = r+uint64(pr), g+uint64(pg), b+uint64(pb), a+uint64(pa), n+1
		}
	}
	return color.RGBA64{R: uint16(r / n), G: uint16(g / n), B: uint16(b / n), A: uint16(a / n)}
}

var iconRoutes = []kit.Route{
	{Pattern: "GET /apps/{id}/icon.png", Serve: serveIcon, Nobody: true},
}

// serveIcon serves an app's icon to everybody: whoever sees the app's name in a
// dialog sees it too.
func serveIcon(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	card, err := login.ShowCard(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	data, ok := strings.CutPrefix(card.App.Settings.Icon, kit.IconPrefix)
	picture, err := base64.StdEncoding.DecodeString(data)
	if !ok || err != nil {
		return kit.ErrNoPage
	}
	h := q.W.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	h.Set("Cache-Control", "no-cache")
	if q.R.URL.Query().Get("v") == strconv.FormatInt(card.App.Version, 10) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		q.DropCookies()
	}
	q.W.WriteHeader(http.StatusOK)
	_, _ = q.W.Write(picture) // fails only when the reader has gone
	return nil
}
