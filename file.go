package prokura

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// File is what somebody handed in for others to look at, such as a document of a
// business or a film of an app. Its content rests sealed and is never shown as a
// part of a page.
type File struct {
	ID      ID
	Owner   ID     // the app or business that it is about
	Place   string // what of the owner it belongs to, such as one verification
	Name    string // as it is saved by who looks at it
	Type    string // of media, by what is in it (RFC 6838)
	Size    int64  // in bytes
	SHA256  string // of the content, in hex; empty: it did not arrive whole
	Created Instant
	By      ID      // the person
	Due     Instant // when it is deleted; 0: nobody has said
}

// Bounds of files, in bytes.
const (
	MaxFile  = 20 << 20 // of each
	MaxFiles = 60 << 20 // of all in one place
)

// FileType is one kind of content that is taken.
type FileType struct {
	Type  string // of media
	Name  string // in words
	Ends  string // the ending of its name
	first func(head []byte) bool
	last  []byte // that stands within the last kilobyte of what is whole
}

// SniffedHead and SniffedTail are how much of the beginning and of the end of a
// file says what it is, in bytes.
const (
	SniffedHead = 32
	SniffedTail = 1 << 10
)

// FileTypes are the kinds of content that are taken. There are none among them that
// browsers run anything of.
var FileTypes = []FileType{
	{Type: "application/pdf", Name: "PDF", Ends: ".pdf", first: begins("%PDF-1.", "%PDF-2."), last: []byte("%%EOF")},           // ISO 32000-2, 7.5.2 and 7.5.5
	{Type: "image/png", Name: "PNG", Ends: ".png", first: begins("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), last: []byte("IEND")}, // PNG, 5.2 and 11.2
	{Type: "image/jpeg", Name: "JPEG", Ends: ".jpg", first: begins("\xff\xd8\xff"), last: []byte("\xff\xd9")},                  // ITU-T T.81, B.1.1.3
	{Type: "video/mp4", Name: "MP4", Ends: ".mp4", first: isMP4},
}

func begins(with ...string) func([]byte) bool {
	return func(head []byte) bool {
		return slices.ContainsFunc(with, func(s string) bool { return bytes.HasPrefix(head, []byte(s)) })
	}
}

// brands are the kinds of files with the structure of ISO/IEC 14496-12 that players
// call MP4.
var brands = []string{"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso8", "iso9", "mp41", "mp42", "avc1", "M4V ", "dash", "mmp4", "MSNV"}

// isMP4 reads the box that comes first (ISO/IEC 14496-12, 4.3).
func isMP4(head []byte) bool {
	return len(head) >= 12 && string(head[4:8]) == "ftyp" && slices.Contains(brands, string(head[8:12]))
}

// SniffFile says of what type a file is, by its first bytes; false: none that is
// taken.
func SniffFile(head []byte) (FileType, bool) {
	i := slices.IndexFunc(FileTypes, func(t FileType) bool { return t.first(head) })
	if i < 0 {
		return FileType{}, false
	}
	return FileTypes[i], true
}

// Whole reports whether a file of the type may end so: one that was cut off, or only
// begins like one of the type, does not.
func (t FileType) Whole(tail []byte) bool { return bytes.Contains(tail, t.last) }

const maxFileName = 100 // runes

// FileName is the name under which a file of a type is kept: without folders, with
// nothing that is not seen, and with the ending of its type.
func (t FileType) FileName(given string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(given, "_"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unseen(r), strings.ContainsRune(`"<>:|?*/`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	if end := strings.ToLower(path.Ext(name)); end != "" && utf8.RuneCountInString(end) <= 6 {
		name = name[:len(name)-len(path.Ext(name))]
	}
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[:maxFileName])
	}
	if name = strings.Trim(name, ". "); name == "" {
		name = "file"
	}
	return name + t.Ends
}
