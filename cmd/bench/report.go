package main

import (
	"fmt"
	"io"
)

// report is what a run found.
type report struct {
	Customers  int      `json:"customers"`
	CPUs       int      `json:"cpus"`
	Go         string   `json:"go"`
	PostgreSQL string   `json:"postgresql"`
	Rounds     int      `json:"rounds"`
	Seconds    float64  `json:"seconds"`
	Results    []result `json:"results"`

	Schema        *schemaSize     `json:"schema,omitempty"`
	Organisations []organisations `json:"organisations,omitempty"`
}

// result is one query at one number of clients.
type result struct {
	Query     string  `json:"query"`
	Clients   int     `json:"clients"`
	Bytes     int     `json:"bytes"` // of a mean answer of Fieldwork
	Fieldwork figures `json:"fieldwork"`
	Reference figures `json:"reference"`
	Way       string  `json:"way"`   // how the reference answered
	Ratio     float64 `json:"ratio"` // of throughputs
}

// figures are medians over the rounds.
type figures struct {
	PerSecond  float64 `json:"perSecond"`
	P50        float64 `json:"p50Ms"`
	P99        float64 `json:"p99Ms"`
	ServerCPU  float64 `json:"serverCpuMs"`   // of the server, per request
	DatabaseMs float64 `json:"databaseCpuMs"` // of PostgreSQL, per request
	Allocs     float64 `json:"allocs"`        // per request
	AllocBytes float64 `json:"allocBytes"`    // per request
	Memory     float64 `json:"memoryMB"`      // resident, of the server, at the end
}

// line prints the i-th result, under a heading for the first.
func (r report) line(w io.Writer, i int) {
	if i == 0 {
		fmt.Fprintf(w, "%d customers, %d CPUs shared by clients, servers and PostgreSQL %s, %s; medians of %d rounds of %gs\n\n", r.Customers, r.CPUs, r.PostgreSQL, r.Go, r.Rounds, r.Seconds)
		fmt.Fprintf(w, "%-5s %7s %8s | %9s %8s %8s %15s %8s %7s | %-5s %9s %8s %8s %15s | %s\n", "query", "clients", "bytes",
			"answers/s", "p50 ms", "p99 ms", "CPU ms srv + db", "allocs", "RSS MB", "ref.", "answers/s", "p50 ms", "p99 ms", "CPU ms srv + db", "ratio")
	}
	x := r.Results[i]
	f, g := x.Fieldwork, x.Reference
	fmt.Fprintf(w, "%-5s %7d %8d | %9.1f %8.2f %8.2f %7.3f + %5.3f %8.0f %7.0f |", x.Query, x.Clients, x.Bytes,
		f.PerSecond, f.P50, f.P99, f.ServerCPU, f.DatabaseMs, f.Allocs, f.Memory)
	if x.Way != "" {
		fmt.Fprintf(w, " %-5s %9.1f %8.2f %8.2f %7.3f + %5.3f | %.2f", x.Way, g.PerSecond, g.P50, g.P99, g.ServerCPU, g.DatabaseMs, x.Ratio)
	}
	fmt.Fprintln(w)
}
