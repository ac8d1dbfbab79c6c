package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// process is a server that runs beside us.
type process struct {
	cmd   *exec.Cmd
	addr  string // where it answers
	debug string // where it tells of itself
}

// start runs a program that listens on addr and waits until it does. What it
// logs goes to a file: it is part of serving.
func start(ctx context.Context, addr, debug, log, program string, args ...string) (*process, error) {
	f, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the process has its own
	p := &process{cmd: exec.CommandContext(ctx, program, args...), addr: addr, debug: debug}
	p.cmd.Stderr = f
	p.cmd.Env = append(os.Environ(), "GOGC=400") // what Fieldwork sets for itself, for both
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(os.Interrupt) }
	p.cmd.WaitDelay = 20 * time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return p, c.Close()
		}
		if time.Now().After(end) {
			p.stop()
			return nil, fmt.Errorf("%s does not listen on %s, see %s: %w", filepath.Base(program), addr, log, err)
		}
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt)
	_ = p.cmd.Wait()
}

// freeAddr is an address nobody listens on.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// usage is what a process has used until now.
type usage struct {
	cpu        time.Duration
	allocs     uint64
	allocBytes uint64
	memory     uint64 // resident bytes
}

// ticksPerSecond is the unit of CPU time in /proc on every Linux there is.
const ticksPerSecond = 100

// cpuOf is the CPU time of a process, with that of its children when asked, 0
// where the system does not tell.
func cpuOf(pid int, children bool) (cpu time.Duration, memory uint64) {
	if runtime.GOOS != "linux" {
		return 0, 0
	}
	read := func(pid int) (parent int) {
		b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			return -1 // it has ended
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:])) // from the third field on
		parent, _ = strconv.Atoi(f[1])
		return parent
	}
	ticks := func(pid int) (n uint64) {
		b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			return 0
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		for _, i := range []int{11, 12} { // utime, stime
			t, _ := strconv.ParseUint(f[i], 10, 64)
			n += t
		}
		if pages, err := strconv.ParseUint(f[21], 10, 64); err == nil {
			memory += pages * uint64(os.Getpagesize())
		}
		return n
	}
	n := ticks(pid)
	if children {
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if child, err := strconv.Atoi(e.Name()); err == nil && read(child) == pid {
				n += ticks(child)
			}
		}
	}
	return time.Duration(n) * time.Second / ticksPerSecond, memory
}

// used asks a server what it has used.
func (p *process) used(ctx context.Context) (u usage, err error) {
	u.cpu, u.memory = cpuOf(p.cmd.Process.Pid, false)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.debug+"/debug/vars", nil)
	if err != nil {
		return u, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return u, err
	}
	defer func() { _ = res.Body.Close() }()
	var vars struct {
		Memstats struct{ Mallocs, TotalAlloc uint64 }
	}
	err = json.NewDecoder(res.Body).Decode(&vars)
	u.allocs, u.allocBytes = vars.Memstats.Mallocs, vars.Memstats.TotalAlloc
	return u, err
}

// conn is one client's connection: HTTP/1.1 with as little work of our own as
// can be, because clients and servers share the CPUs.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(ctx context.Context, addr string) (*conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// ask sends a request as it stands and reads the answer into buf.
func (c *conn) ask(request, buf []byte) ([]byte, error) {
	if _, err := c.Write(request); err != nil {
		return nil, err
	}
	length := -1
	for first := true; ; first = false {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if first && !strings.HasPrefix(string(line), "HTTP/1.1 200") {
			return nil, fmt.Errorf("answered %q", strings.TrimSpace(string(line)))
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("the answer has no Content-Length")
	}
	if cap(buf) < length {
		buf = make([]byte, length)
	}
	buf = buf[:length]
	for n := 0; n < length; {
		m, err := c.r.Read(buf[n:])
		if err != nil {
			return nil, err
		}
		n += m
	}
	return buf, nil
}
