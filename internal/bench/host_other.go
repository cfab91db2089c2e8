//go:build !linux

package bench

import (
	"os/exec"
	"time"
)

// Elsewhere than on Linux nothing is pinned, and neither the times of other
// processes nor their memory are known.
type pins struct{ note string }

func newPins() *pins {
	return &pins{note: "nothing was pinned to a core, and the server's CPU and memory are not told: that is done on Linux alone"}
}

func (*pins) start(cmd *exec.Cmd) error { return cmd.Start() }
func (*pins) release()                  {}

func cpuOf(int) time.Duration      { return 0 }
func memoryOf(int) int64           { return 0 }
func busy() time.Duration          { return 0 }
func parentOf(int) int             { return 0 }
func childrenOf(int) time.Duration { return 0 }
func machine() string              { return "" }
