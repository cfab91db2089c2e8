package kit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// Icons are stored in the app's settings as a data URL of a PNG that this
// server made, and served as a file of this server. What somebody uploads is
// decoded and drawn anew, so that nothing but its pixels is kept (T61).
const (
	IconSize    = 128     // longest side of a stored icon, in pixels
	MaxIconFile = 1 << 20 // bytes of an uploaded file
	MaxIconSide = 1024    // pixels; bounds the memory of decoding, with what encodes it, to 64 MiB
)

// EncodeIcon turns an uploaded PNG or baseline JPEG of at most 1024 × 1024
// pixels into the data URL of a PNG of at most 128 × 128 pixels. What the
// picture claims to be is checked before it is decoded; decoding ends with ctx.
// Who calls it holds a place for heavy work. The error is an
// [*prokura.Error]: about the field icon, or that ctx has ended.
func EncodeIcon(ctx context.Context, _ *registry.Place, file []byte) (string, error) {
	refuse := func(text string) error {
		return prokura.Errorf(prokura.InvalidParameter, "%s", text).WithField("icon")
	}
	if len(file) > MaxIconFile {
		return "", refuse("The icon is larger than 1 MiB.")
	}
	config, decode := png.DecodeConfig, png.Decode
	if bytes.HasPrefix(file, []byte("\xff\xd8")) {
		if !baseline(file) {
			return "", refuse("The icon is a JPEG picture of a kind that is not read here. Save it as a PNG or as a baseline JPEG, not a progressive one.")
		}
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	}
	size, err := config(bytes.NewReader(file))
	if err != nil {
		return "", refuse("The icon is neither a PNG nor a JPEG picture.")
	}
	if size.Width > MaxIconSide || size.Height > MaxIconSide {
		return "", refuse("The icon is larger than 1024 × 1024 pixels.")
	}
	picture, err := decode(&cancelled{ctx, bytes.NewReader(file)})
	if ctx.Err() != nil {
		return "", prokura.Errorf(prokura.Unavailable, "The request ended before the icon was read.").WithCause(ctx.Err())
	}
	if err != nil {
		return "", refuse("The icon's file is damaged.")
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrink(picture)); err != nil {
		return "", refuse("The icon cannot be stored.")
	}
	return IconPrefix + base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// cancelled reads until its context ends.
type cancelled struct {
	ctx context.Context
	r   *bytes.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// baseline tells whether a JPEG file has one baseline frame (SOF0) and at most
// one scan for each of four components: a decoder goes over the whole picture
// for each scan, and a progressive file may have a thousand of them in a few
// kilobytes (ITU-T T.81, B.1 and B.2).
func baseline(file []byte) bool {
	const (
		tem, rst0, soi, eoi, sos = 0x01, 0xd0, 0xd8, 0xd9, 0xda
		sof0, dht, jpg, dac      = 0xc0, 0xc4, 0xc8, 0xcc
	)
	frames, scans := 0, 0
	for i := 2; ; {
		// To the next marker: after a scan there is its data, in which 0xff
		// stands for itself before a zero.
		next := bytes.IndexByte(file[i:], 0xff)
		if next < 0 || i+next+1 >= len(file) {
			return frames == 1 // the decoder says what is missing
		}
		i += next + 1
		marker := file[i]
		switch {
		case marker == 0xff:
			continue
		case marker == 0, marker == tem, marker >= rst0 && marker <= soi:
			i++
			continue
		case marker == eoi:
			return frames == 1
		case marker == sos:
			scans++
		case marker == sof0:
			frames++
		case marker > sof0 && marker < rst0 && marker != dht && marker != jpg && marker != dac:
			return false
		}
		if frames > 1 || scans > 4 || i+3 > len(file) {
			return false
		}
		if i += 1 + int(binary.BigEndian.Uint16(file[i+1:])); i >= len(file) {
			return frames == 1
		}
	}
}

// shrink makes a picture fit into IconSize. It never enlarges.
func shrink(src image.Image) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > IconSize {
		w, h = max(1, w*IconSize/longest), max(1, h*IconSize/longest)
	}
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, b, draw.Src, nil)
	return dst
}
