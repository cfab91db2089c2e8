package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// Only what is in the file as it is in memory may be given back.
func TestUnchangedPages(t *testing.T) {
	const smaps = `00400000-012a6000 r-xp 00000000 fe:00 100                        /bin/prokura
Rss:               12692 kB
Anonymous:             0 kB
012a6000-022c4000 r--p 00ea6000 fe:00 100                        /bin/prokura
Anonymous:             4 kB
022c4000-022d0000 r--p 01ec4000 fe:00 100                        /bin/prokura
Anonymous:             0 kB
022d0000-02383000 rw-p 01ed0000 fe:00 100                        /bin/prokura
Anonymous:             0 kB
02383000-02384000 r-xs 01ed0000 fe:00 100                        /bin/prokura
Anonymous:             0 kB
02384000-02385000 r-xp 00000000 fe:00 101                        /lib/libc.so
Anonymous:             0 kB
02385000-02386000 rw-p 00000000 00:00 0
Anonymous:             0 kB
VmFlags: rd wr mr mw me ac
`
	want := []addresses{{0x400000, 0xea6000}, {0x22c4000, 0xc000}}
	if got := unchangedPages(strings.NewReader(smaps), "/bin/prokura"); !reflect.DeepEqual(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// The program goes on with less of it in memory.
func TestTrim(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err) // a test of Linux, where there is none without it
	}
	defer f.Close()
	if len(unchangedPages(f, path)) == 0 {
		t.Error("nothing of the program itself is found")
	}
	trim()
	TestUnchangedPages(t)
}
