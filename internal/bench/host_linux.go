package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pins keep children on one core and this process on another.
type pins struct {
	all, children, self unix.CPUSet
	procs               int // GOMAXPROCS before
	note                string
}

// newPins takes the last two cores that this process may use. With one they share
// it, and the note says so.
func newPins() *pins {
	p := &pins{}
	if err := unix.SchedGetaffinity(0, &p.all); err != nil {
		p.note = fmt.Sprintf("nothing was pinned to a core: %v", err)
		return p
	}
	var cores []int
	for i := 0; len(cores) < p.all.Count(); i++ {
		if p.all.IsSet(i) {
			cores = append(cores, i)
		}
	}
	if len(cores) < 2 {
		p.note = "nothing was pinned: there is one core, and server and generator share it"
		return p
	}
	p.children.Set(cores[len(cores)-2])
	p.self.Set(cores[len(cores)-1])
	if err := p.move(&p.self); err != nil {
		p.note = fmt.Sprintf("nothing was pinned to a core: %v", err)
		p.children.Zero()
		_ = p.move(&p.all)
		return p
	}
	p.procs = runtime.GOMAXPROCS(1)
	p.note = fmt.Sprintf("server alone on core %d, generator on core %d", cores[len(cores)-2], cores[len(cores)-1])
	return p
}

// move puts every thread of this process onto a set of cores.
func (p *pins) move(to *unix.CPUSet) error {
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(filepath.Base(t))
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, to); err != nil && err != unix.ESRCH {
			return err
		}
	}
	return nil
}

// start starts a child on its core: it inherits that of the thread that makes it.
func (p *pins) start(cmd *exec.Cmd) error {
	if p.procs == 0 {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, &p.children); err != nil {
		return err
	}
	err := cmd.Start()
	if back := unix.SchedSetaffinity(0, &p.self); err == nil {
		err = back
	}
	return err
}

// release gives this process all cores again.
func (p *pins) release() {
	if p.procs != 0 {
		_ = p.move(&p.all)
		runtime.GOMAXPROCS(p.procs)
	}
}

// tick is USER_HZ, in which Linux tells times to programs on every architecture
// that Go knows.
const tick = time.Second / 100

// cpuOf is how long a process has run; 0: unknown. Its threads know it to the
// nanosecond; where the kernel does not say so, the process does to the tick.
func cpuOf(pid int) time.Duration {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	sum := time.Duration(0)
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(ran, 10, 64)
		sum += time.Duration(n)
	}
	if sum > 0 {
		return sum
	}
	return ticksOf(pid)
}

// ticksOf counts threads that have ended, too.
func ticksOf(pid int) time.Duration {
	fields := statOf(pid)
	if fields == nil {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick
}

// statOf are the fields of a process's stat behind its name, which may hold
// anything: state, parent and so on; nil when it has gone.
func statOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	if fields := strings.Fields(rest); len(fields) >= 13 {
		return fields
	}
	return nil
}

// parentOf is the parent of a process of PostgreSQL; 0 if there is no such process
// on this machine.
func parentOf(pid int) int {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if fields := statOf(pid); err == nil && fields != nil && strings.TrimSpace(string(name)) == "postgres" {
		parent, _ := strconv.Atoi(fields[1])
		return parent
	}
	return 0
}

// childrenOf is how long the children of a process have run that have not ended.
func childrenOf(parent int) time.Duration {
	list, _ := filepath.Glob("/proc/[0-9]*")
	sum := time.Duration(0)
	for _, folder := range list {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		if fields := statOf(pid); fields != nil && fields[1] == strconv.Itoa(parent) {
			sum += ticksOf(pid)
		}
	}
	return sum
}

// memoryOf is the resident memory of a process in bytes; 0: unknown.
func memoryOf(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10
}

// busy is how long all cores have worked, for this machine and for those beside
// it on the same hardware; 0: unknown.
func busy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line) // cpu user nice system idle iowait irq softirq steal
	sum := int64(0)
	for i, f := range fields {
		if i == 0 || i == 4 || i == 5 || i > 8 {
			continue
		}
		n, _ := strconv.ParseInt(f, 10, 64)
		sum += n
	}
	return time.Duration(sum) * tick
}

// machine names the processor.
func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(text), "model name")
	name, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":"))
}
