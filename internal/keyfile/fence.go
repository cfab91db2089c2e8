package keyfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Fence is what is known outside of a database about how far it had come. The
// database is never behind it, unless somebody put an older copy in place.
type Fence struct {
	Life     string    `json:"life"`     // of the database: a restored one has a new one
	Revision int64     `json:"revision"` // of its authority
	Written  time.Time `json:"written"`  // for people
}

// ReadFence reads a fence; nil when there is none.
func ReadFence(path string) (*Fence, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read fence: %w", err)
	}
	var f Fence
	if err := json.Unmarshal(raw, &f); err != nil || f.Life == "" || f.Revision < 1 {
		return nil, fmt.Errorf("read fence: %s is no fence file", path)
	}
	return &f, nil
}

// Write puts a fence in place of what was there, whole or not at all.
func (f Fence) Write(path string) error {
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := replaceFile(path, append(raw, '\n')); err != nil {
		return fmt.Errorf("write fence: %w", err)
	}
	return nil
}
