package kit_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
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
		out, err := kit.EncodeIcon(t.Context(), nil, tt.file)
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
	progressive := bytes.Replace(jpegFile(t, 8), []byte("\xff\xc0"), []byte("\xff\xc2"), 1)
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`),
		"gif": []byte("GIF89a\x01\x00\x01\x00"), "larger than 1 MiB": append(kittest.PNG(8, 8), make([]byte, kit.MaxIconFile)...),
		"60000 × 60000": bomb, "cut off": half[:len(half)/2],
		"1025 pixels wide": kittest.PNG(kit.MaxIconSide+1, 1), "1025 pixels high": kittest.PNG(1, kit.MaxIconSide+1),
		"progressive": progressive, "five scans": scanned(t, 5), "cut off after a marker": jpegFile(t, 8)[:4],
	} {
		_, err := kit.EncodeIcon(t.Context(), nil, file)
		if e := prokura.AsError(err); e == nil || e.Reason != prokura.InvalidParameter || e.Field != "icon" {
			t.Errorf("T61: %s: %v", name, err)
		}
	}
}

// TestEncodeIconCancelled: who goes away has nothing decoded for them, and
// is told that it ended, not that the file is bad.
func TestEncodeIconCancelled(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, file := range map[string][]byte{"png": kittest.PNG(900, 900), "jpeg": jpegFile(t, 900)} {
		if _, err := kit.EncodeIcon(gone, nil, file); !errors.Is(err, prokura.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEncodeIconScans: a picture of four scans is one that cameras and programs
// write; each of them costs as much as the picture.
func TestEncodeIconScans(t *testing.T) {
	if _, err := kit.EncodeIcon(t.Context(), nil, scanned(t, 4)); err != nil {
		t.Error(err)
	}
}

// jpegFile is a square picture as a baseline JPEG.
func jpegFile(t testing.TB, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, kittest.Picture(side, side), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// scanned is a JPEG with its one scan several times.
func scanned(t testing.TB, times int) []byte {
	t.Helper()
	file := jpegFile(t, 64)
	at := bytes.Index(file, []byte("\xff\xda"))
	head, scan := file[:at], file[at:len(file)-2]
	return append(append(append([]byte{}, head...), bytes.Repeat(scan, times)...), 0xff, 0xd9)
}

// deepest is the picture that takes most memory: 16 bits for each of four
// channels.
func deepest(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewNRGBA64(image.Rect(0, 0, kit.MaxIconSide, kit.MaxIconSide))
	for i := range m.Pix {
		m.Pix[i] = byte(i >> 12)
	}
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzEncodeIcon: any file gives a small PNG or a refusal of the field (F14),
// for at most 64 MiB of memory.
func FuzzEncodeIcon(f *testing.F) {
	f.Add(kittest.PNG(3, 5))
	f.Add(deepest(f))
	f.Add(jpegFile(f, kit.MaxIconSide))
	f.Add(scanned(f, 4))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := kit.EncodeIcon(t.Context(), nil, file)
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 64<<20 {
			t.Errorf("%d bytes cost %d bytes of memory", len(file), after.TotalAlloc-before.TotalAlloc)
		}
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
		if err != nil || size.Width > kit.IconSize || size.Height > kit.IconSize {
			t.Fatalf("%v, %v", size, err)
		}
	})
}
