package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// result is what the client prints, as JSON: raw figures of the window, times in microseconds.
type result struct {
	WindowUs      int64    `json:"windowUs"`
	Requests      int64    `json:"requests"`
	Chunks        int64    `json:"chunks"`
	Reads         int64    `json:"reads"`
	FirstChunkUs  []int64  `json:"firstChunkUs"`
	WholeUs       []int64  `json:"wholeUs"`
	Failed        int64    `json:"failed"`
	Cut           int64    `json:"cut"`
	Faults        []string `json:"faults"`
	ProxyCpuUs    int64    `json:"proxyCpuUs"`
	EngineCpuUs   int64    `json:"engineCpuUs"`
	ClientCpuUs   int64    `json:"clientCpuUs"`
	OthersCpuUs   int64    `json:"othersCpuUs"`
	ResidentBytes int64    `json:"residentBytes"`
}

type client struct {
	http     http.Client
	url, key string
	body     []byte
	stream   bool
	// Between the window's start and end.
	open  atomic.Bool
	mutex sync.Mutex
	result
}

// runClient keeps every connection busy with one request after another, measures for a while and prints the result.
func runClient(arguments []string) error {
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	url := flags.String("url", "", "what to call")
	key := flags.String("key", "", "bearer token sent along")
	connections := flags.Int("connections", 1, "requests open at any time")
	streaming := flags.Bool("stream", false, "ask for streams")
	spread := flags.Duration("spread", 0, "time over which the connections start")
	warmUp := flags.Duration("warm-up", 2*time.Second, "time before the window")
	window := flags.Duration("window", 5*time.Second, "time that is measured")
	drain := flags.Duration("drain", 5*time.Second, "time after the window for open requests to end")
	proxy := flags.Int("proxy", -1, "process id of the proxy, -1 for none")
	engine := flags.Int("engine", 0, "process id of the engine")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	c := &client{url: *url, key: *key, stream: *streaming}
	c.body = fmt.Appendf(nil, `{"model":"m","prompt":"Say this is a test","max_tokens":%d,"stream":%t}`, events, *streaming)
	c.http.Transport = &http.Transport{MaxIdleConnsPerHost: *connections, DisableCompression: true}

	ctx, cancel := context.WithCancel(context.Background())
	closing := make(chan struct{})
	var workers sync.WaitGroup
	for i := range *connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			time.Sleep(*spread * time.Duration(i) / time.Duration(*connections))
			for !isClosed(closing) {
				c.call(ctx)
			}
		}()
	}
	time.Sleep(*warmUp)
	c.measure(*window, *proxy, *engine)
	close(closing)
	time.AfterFunc(*drain, cancel)
	workers.Wait()
	if *proxy >= 0 {
		waitUntilQuiet(20*time.Second, *proxy, *engine)
	}
	return json.NewEncoder(os.Stdout).Encode(&c.result)
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

func (c *client) measure(window time.Duration, proxy, engine int) {
	client := os.Getpid()
	machineBefore, proxyBefore, engineBefore, clientBefore := machineUse(), use(proxy), use(engine), use(client)
	start := time.Now()
	c.open.Store(true)
	time.Sleep(window)
	c.open.Store(false)
	taken := time.Since(start)
	machineAfter, proxyAfter, engineAfter, clientAfter := machineUse(), use(proxy), use(engine), use(client)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.WindowUs = taken.Microseconds()
	c.ProxyCpuUs = (proxyAfter.cpu - proxyBefore.cpu).Microseconds()
	c.EngineCpuUs = (engineAfter.cpu - engineBefore.cpu).Microseconds()
	c.ClientCpuUs = (clientAfter.cpu - clientBefore.cpu).Microseconds()
	all := (machineAfter - machineBefore).Microseconds()
	c.OthersCpuUs = max(0, all-c.ProxyCpuUs-c.EngineCpuUs-c.ClientCpuUs)
	c.ResidentBytes = proxyAfter.residentBytes
}

// call makes one request and counts what of it falls into the window.
func (c *client) call(ctx context.Context) {
	start := time.Now()
	err := c.exchange(ctx, start)
	if err == nil {
		if c.open.Load() {
			c.mutex.Lock()
			c.Requests++
			c.WholeUs = append(c.WholeUs, time.Since(start).Microseconds())
			c.mutex.Unlock()
		}
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if ctx.Err() != nil {
		c.Cut++
		return
	}
	c.Failed++
	if len(c.Faults) < 3 {
		c.Faults = append(c.Faults, err.Error())
	}
	// A proxy that refuses everything at once is not to be hammered.
	time.Sleep(10 * time.Millisecond)
}

func (c *client) exchange(ctx context.Context, start time.Time) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.key)
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 300))
		return fmt.Errorf("status %d: %s", response.StatusCode, text)
	}
	if !c.stream {
		return readAnswer(response.Body)
	}
	return c.readStream(response.Body, start)
}

func readAnswer(body io.Reader) error {
	text, err := io.ReadAll(body)
	if err == nil && !bytes.Contains(text, []byte(`"text"`)) {
		err = fmt.Errorf("not a completion: %.300s", text)
	}
	return err
}

// readStream counts events by the empty line that ends each, wherever the reads happen to cut them.
func (c *client) readStream(body io.Reader, start time.Time) error {
	// Before what is read stands the last byte of the read before: a line feed that may be the first of two.
	buffer := make([]byte, 1+32*1024)
	var tail []byte
	chunks := 0
	for {
		n, err := body.Read(buffer[1:])
		if n > 0 {
			seen := bytes.Count(buffer[:1+n], []byte("\n\n"))
			tail = append(tail, buffer[max(1, 1+n-len(done)):1+n]...)
			tail = tail[max(0, len(tail)-len(done)):]
			buffer[0] = buffer[n]
			if c.open.Load() {
				c.mutex.Lock()
				c.Reads++
				c.Chunks += int64(seen)
				if chunks == 0 && seen > 0 {
					c.FirstChunkUs = append(c.FirstChunkUs, time.Since(start).Microseconds())
				}
				c.mutex.Unlock()
			}
			chunks += seen
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if chunks <= events || string(tail) != done {
		return fmt.Errorf("a stream of %d events that ends with %q", chunks, tail)
	}
	return nil
}
