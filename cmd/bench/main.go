// Command bench measures Fieldwork against hand-written SQL behind a bare Go
// handler: the same answers from the same PostgreSQL, in one run.
//
//	make bench              every query at 1, 8 and 32 clients
//	make bench QUICK=1      account page, nested list and grid at 8 clients
//	make bench ARGS=--growth    and how cost grows (growth.go)
//	make bench ARGS="--queries IMPORT"   100,000 customers through the API, and by COPY
//
// It starts a PostgreSQL of its own, makes an organisation through the public
// interface, loads the data set (data.go), starts both servers as processes of
// their own and asks them in turn. Answers are compared before anything is
// timed. What is printed for each query is the median of the rounds, and the
// ratio of throughputs; the reference answers in every way it knows (reference.go)
// and the fastest counts.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"fieldwork/internal/pg/cluster"
)

type options struct {
	bin       string
	data      string
	customers int
	clients   []int
	rounds    int
	each      time.Duration
	queries   []string
	json      bool
	growth    bool
	// organisations are the numbers of them to measure.
	organisations []int
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "reference" && len(os.Args) == 4 {
		fail(reference(os.Args[2], os.Args[3]))
		return
	}
	var o options
	quick := flag.Bool("quick", false, "account page, nested list and grid at 8 clients, in under two minutes")
	flag.StringVar(&o.bin, "bin", "bin/fieldwork", "the `program` to measure")
	flag.StringVar(&o.data, "data", "", "`folder` for the data, kept and used again; a temporary one if left out")
	flag.IntVar(&o.customers, "customers", 20_000, "`number` of customers; each has 4 roles, 10 tasks and 5 feedback records")
	clients := flag.String("clients", "1,8,32", "`numbers` of clients")
	queries := flag.String("queries", "", "`names` of queries, separated by commas; all but IMPORT if left out")
	flag.IntVar(&o.rounds, "rounds", 3, "`rounds`, whose median counts")
	flag.DurationVar(&o.each, "each", 2*time.Second, "`time` of a round for each server")
	flag.BoolVar(&o.growth, "growth", false, "show how cost grows with what is selected, with nesting and with organisations, too")
	orgs := flag.String("organisations", "10,100,1000", "with --growth: `numbers` of organisations")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.Parse()
	if *quick {
		*clients, *queries = "8", "N1,N50,L100"
	}
	o.clients, o.organisations = numbers(*clients), numbers(*orgs)
	if *queries != "" {
		o.queries = strings.Split(*queries, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	_, err := run(ctx, o, os.Stdout)
	fail(err)
}

func numbers(list string) (out []int) {
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			fail(fmt.Errorf("%q is no number from 1", s))
		}
		out = append(out, n)
	}
	return out
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures and prints to out.
func run(ctx context.Context, o options, out io.Writer) (rep report, err error) {
	all, err := chosen(o.queries)
	if err != nil {
		return rep, err
	}
	folder := o.data
	if folder == "" {
		if folder, err = os.MkdirTemp("", "fieldwork-bench"); err != nil {
			return rep, err
		}
		defer func() { _ = os.RemoveAll(folder) }()
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return rep, err
	}
	db, err := cluster.Start(ctx, cluster.Options{Data: folder, Durable: true, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return rep, err
	}
	defer func() {
		if o.data != "" {
			_ = db.Stop()
		} else {
			_ = db.Discard()
		}
	}()
	w, err := load(ctx, o, folder, db.URL("fieldwork"))
	if err != nil {
		return rep, err
	}
	defer w.close()
	rep = report{Customers: o.customers, CPUs: runtime.NumCPU(), Go: runtime.Version(), PostgreSQL: w.postgres, Rounds: o.rounds, Seconds: o.each.Seconds()}
	for _, q := range all {
		if q.name == importName {
			r, err := w.measureImport(ctx, o)
			if err != nil {
				return rep, fmt.Errorf("%s: %w", q.name, err)
			}
			rep.Results = append(rep.Results, r)
			if !o.json {
				rep.line(out, len(rep.Results)-1)
			}
			continue
		}
		asked, err := w.prepare(ctx, q)
		if err != nil {
			return rep, fmt.Errorf("%s: %w", q.name, err)
		}
		for _, clients := range o.clients {
			r, err := w.measure(ctx, o, q, asked, clients)
			if err != nil {
				return rep, fmt.Errorf("%s with %d clients: %w", q.name, clients, err)
			}
			rep.Results = append(rep.Results, r)
			if !o.json {
				rep.line(out, len(rep.Results)-1)
			}
		}
	}
	if o.growth {
		if err := w.growth(ctx, o, &rep, out); err != nil {
			return rep, err
		}
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return rep, e.Encode(rep)
	}
	return rep, nil
}
