package apps

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEncodeIcon: what comes out is a small PNG with the picture's pixels and
// nothing else of the file (T61).
func TestEncodeIcon(t *testing.T) {
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, kittest.Picture(300, 100), nil); err != nil {
		t.Fatal(err)
	}
	noted := kittest.PNG(10, 10)
	chunk := append([]byte("tEXt"), "Comment\x00<script>alert(1)</script>"...)
	text := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))
	text = append(text, chunk...)
	text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(chunk))
	noted = append(append(append([]byte{}, noted[:33]...), text...), noted[33:]...) // after IHDR
	for name, tt := range map[string]struct {
		file []byte
		w, h int
	}{
		"small stays":     {kittest.PNG(64, 32), 64, 32},
		"large shrinks":   {kittest.PNG(512, 256), 128, 64},
		"thin keeps 1 px": {kittest.PNG(1000, 2), 128, 1},
		"jpeg":            {jpg.Bytes(), 128, 42},
		"with a comment":  {noted, 10, 10},
	} {
		out, err := EncodeIcon(tt.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(out, kit.IconPrefix))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(file))
		if err != nil || m.Bounds().Dx() != tt.w || m.Bounds().Dy() != tt.h {
			t.Errorf("%s: %v, %v; want %d × %d", name, m.Bounds(), err, tt.w, tt.h)
		}
		if bytes.Contains(file, []byte("script")) {
			t.Errorf("T61: %s: text of the file is kept", name)
		}
	}
}

// TestEncodeIconRefuses: nothing is decoded that is not a picture of bearable
// size by its own word (T61).
func TestEncodeIconRefuses(t *testing.T) {
	bomb := kittest.PNG(1, 1)
	binary.BigEndian.PutUint32(bomb[16:], 60000)
	binary.BigEndian.PutUint32(bomb[20:], 60000)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	half := kittest.PNG(64, 64)
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`),
		"gif": []byte("GIF89a\x01\x00\x01\x00"), "larger than 1 MiB": append(kittest.PNG(8, 8), make([]byte, maxIconFile)...),
		"60000 × 60000": bomb, "cut off": half[:len(half)/2],
	} {
		_, err := EncodeIcon(file)
		if e := prokura.AsError(err); e == nil || e.Reason != prokura.InvalidParameter || e.Field != "icon" {
			t.Errorf("T61: %s: %v", name, err)
		}
	}
}

// FuzzEncodeIcon: any file gives a small PNG or a refusal of the field (F14).
func FuzzEncodeIcon(f *testing.F) {
	f.Add(kittest.PNG(3, 5))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, err := EncodeIcon(file)
		if err != nil {
			if prokura.AsError(err).Field != "icon" {
				t.Fatal(err)
			}
			return
		}
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(out, kit.IconPrefix))
		if err != nil {
			t.Fatal(err)
		}
		size, err := png.DecodeConfig(bytes.NewReader(decoded))
		if err != nil || size.Width > iconSize || size.Height > iconSize {
			t.Fatalf("%v, %v", size, err)
		}
	})
}
