package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	head  = `{"id":"cmpl-0b1e6f3a9c4d4b1f8a7e5d2c3b4a5968","object":"text_completion","created":1790000000,"model":"m","choices":[`
	whole = head + `{"index":0,"text":" a quick answer","logprobs":null,"finish_reason":"length","stop_reason":null}],` +
		`"usage":{"prompt_tokens":5,"total_tokens":21,"completion_tokens":16},"system_fingerprint":"bench"}`
	usage = "data: " + head + `],"usage":{"prompt_tokens":5,"total_tokens":205,"completion_tokens":200}}` + "\n\n"
	done  = "data: [DONE]\n\n"
)

// Events of a stream, the closing [DONE] not counted.
const events = 200

type completionRequest struct {
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// runEngine serves on a loopback port and returns only when it fails.
func runEngine(arguments []string) error {
	flags := flag.NewFlagSet("engine", flag.ExitOnError)
	port := flags.Int("port", 8080, "where to listen")
	delay := flags.Duration("delay", 5*time.Millisecond, "time between two events of a stream")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		sendJSON(w, `{"object":"list","data":[{"id":"m","object":"model","created":1790000000,"owned_by":"vllm",`+
			`"root":"m","parent":null,"max_model_len":4096,"permission":[]}]}`)
	})
	chunks := streamChunks()
	mux.HandleFunc("POST /v1/completions", func(w http.ResponseWriter, r *http.Request) {
		var request completionRequest
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if request.Stream {
			stream(w, r, chunks, *delay, request.StreamOptions.IncludeUsage)
		} else {
			sendJSON(w, whole)
		}
	})
	return http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), mux)
}

func sendJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write([]byte(body))
}

// streamChunks makes every event of a stream. The text changes, as a proxy may take one that repeats for a fault.
func streamChunks() [events][]byte {
	var chunks [events][]byte
	for i := range chunks {
		reason, fingerprint := "null", ""
		if i == events-1 {
			reason, fingerprint = `"length"`, `,"system_fingerprint":"bench"`
		}
		chunks[i] = fmt.Appendf(nil, `data: %s{"index":0,"text":" tok%d","logprobs":null,"finish_reason":%s,`+
			`"stop_reason":null,"prompt_token_ids":null,"token_ids":null}]%s}`+"\n\n", head, i%10, reason, fingerprint)
	}
	return chunks
}

// stream sends event i at start + i × delay, so that one that is late does not shift the rest.
func stream(w http.ResponseWriter, r *http.Request, chunks [events][]byte, delay time.Duration, withUsage bool) {
	flusher := w.(http.Flusher)
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	start := time.Now()
	for i, chunk := range chunks {
		time.Sleep(time.Until(start.Add(time.Duration(i) * delay)))
		if _, err := w.Write(chunk); err != nil || r.Context().Err() != nil {
			return
		}
		flusher.Flush()
	}
	if withUsage {
		w.Write([]byte(usage))
		flusher.Flush()
	}
	w.Write([]byte(done))
}
