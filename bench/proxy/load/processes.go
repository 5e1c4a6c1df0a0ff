package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The unit of utime and stime in /proc: 1/100 s on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// processUse is what a process and all its descendants have used.
type processUse struct {
	cpu           time.Duration
	residentBytes int64
}

// use reads the use of the process tree under a process id; a tree that is gone has used nothing.
func use(root int) processUse {
	children, own := map[int][]int{}, map[int]processUse{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
		// The command's name comes second, in brackets, and may hold anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		number := func(index int) int64 {
			value, _ := strconv.ParseInt(fields[index-3], 10, 64)
			return value
		}
		children[int(number(4))] = append(children[int(number(4))], pid)
		own[pid] = processUse{time.Duration(number(14)+number(15)) * tick, number(24) * int64(os.Getpagesize())}
	}
	var total processUse
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		total.cpu += own[queue[0]].cpu
		total.residentBytes += own[queue[0]].residentBytes
		queue = append(queue, children[queue[0]]...)
	}
	return total
}

// machineUse is the CPU time that all processes of the machine have used, and what its host kept from it.
func machineUse() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	// cpu user nice system idle iowait irq softirq steal ...
	fields := strings.Fields(string(text))
	var sum int64
	for _, index := range []int{1, 2, 3, 6, 7, 8} {
		value, _ := strconv.ParseInt(fields[index], 10, 64)
		sum += value
	}
	return time.Duration(sum) * tick
}

// waitUntilQuiet returns when the process trees have used less than a tenth of a core for 200 ms, or after limit.
func waitUntilQuiet(limit time.Duration, roots ...int) {
	cpu := func() (sum time.Duration) {
		for _, root := range roots {
			sum += use(root).cpu
		}
		return sum
	}
	const step = 200 * time.Millisecond
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		before := cpu()
		time.Sleep(step)
		if cpu()-before <= step/10 {
			return
		}
	}
}
