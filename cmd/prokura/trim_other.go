//go:build !linux

package main

import "time"

const trimAfter = 100 * time.Millisecond

func trim() {}
