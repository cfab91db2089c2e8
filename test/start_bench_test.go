package test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkStart measures a cold start of the stripped binary to its first
// answer, the memory that it then idles with, and its size. Goals: 40 ms on a
// migrated SQLite file, 150 ms on an empty folder with schema and keys, 35 MB,
// 40 MB.
func BenchmarkStart(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "prokura")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./cmd/prokura")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("empty", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			dir := b.TempDir()
			b.StartTimer()
			startOnce(b, bin, dir, 0)
		}
	})
	b.Run("migrated", func(b *testing.B) {
		dir := b.TempDir()
		startOnce(b, bin, dir, 0)
		rss := 0.0
		for b.Loop() {
			rss = startOnce(b, bin, dir, 0)
		}
		b.ReportMetric(rss, "started-MB")
		b.StopTimer()
		b.ReportMetric(startOnce(b, bin, dir, 3*time.Second), "idle-MB")
		b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
	})
}

// startOnce starts the server, waits for its first answer and, after idle,
// tells its resident memory in MB.
func startOnce(b *testing.B, bin, dir string, idle time.Duration) float64 {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.Command(bin, "serve", "--data", dir, "--listen", addr)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(200 * time.Microsecond) {
		r, err := http.Get("http://" + addr + "/healthz")
		if err == nil {
			r.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	time.Sleep(idle)
	status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	return kb / 1000
}
