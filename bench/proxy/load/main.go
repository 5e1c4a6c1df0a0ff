// Command load is both ends of a measurement of proxies for a streaming LLM server: `load engine` is a server in vLLM's
// form that answers at once or on a fixed beat, `load client` measures whatever stands before it.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"engine": runEngine, "client": runClient}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: load engine|client [-flag value ...]")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
