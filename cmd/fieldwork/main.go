// Command fieldwork serves an organisation's forms and records over GraphQL.
//
//	fieldwork dev                     everything at once: private PostgreSQL, demo data, playground
//	fieldwork serve --db URL          a server on a PostgreSQL of yours
//	fieldwork token create --org demo --member mei@demo.example
//
// fieldwork help lists all commands. Answers go to standard output alone, logs
// to standard error. It exits with 0 when done, 1 on failure, 2 on wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], env{getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// env is what a command sees of the process.
type env struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

// command is one command: it declares its flags and returns what to do with the
// arguments that follow them.
type command struct {
	name, args, about string
	setup             func(fs *flag.FlagSet, e env) func(ctx context.Context, args []string) error
}

// errUsage marks errors of usage, which exit with 2.
type errUsage struct{ error }

func usage(format string, a ...any) error { return errUsage{fmt.Errorf(format, a...)} }

// commands lists every command.
func commands() []command {
	return []command{
		{"dev", "", "start everything: private PostgreSQL, demo organisation, playground", dev},
		{"serve", "", "serve", serve},
		{"migrate", "", "bring the database to this version", migrate},
		{"demo", "", "make the demo organisation and its data", makeDemo},
		{"org", "create|list", "make or list organisations", organisations},
		{"token", "create|list|revoke", "make, list or revoke API tokens", tokens},
		{"password", "", "set a member's password, read from standard input", password},
		{"template", "list|show|install|export", "list, show, install or export templates of forms", templates},
		{"schema", "", "print an organisation's GraphQL schema", printSchema},
		{"explain", "FILE", "print the plan and SQL of a GraphQL operation", explain},
		{"check", "", "compare all definitions with PostgreSQL's own catalogs", checked},
	}
}

// run is main without the process: tests start a whole server by calling it.
func run(ctx context.Context, args []string, e env) int {
	name := "help"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		fs := flag.NewFlagSet(name, flag.ContinueOnError)
		fs.SetOutput(e.stderr)
		fs.Usage = func() {
			fmt.Fprintf(e.stderr, "fieldwork %s %s: %s\n", c.name, c.args, c.about)
			fs.PrintDefaults()
		}
		do := c.setup(fs, e)
		if err := parse(fs, args, e.getenv); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return 0
			}
			fmt.Fprintln(e.stderr, "fieldwork:", err)
			return 2
		}
		return exitCode(do(ctx, fs.Args()), e)
	}
	help(e)
	if name == "help" || name == "-h" || name == "--help" {
		return 0
	}
	fmt.Fprintf(e.stderr, "fieldwork: no command %q\n", name)
	return 2
}

func exitCode(err error, e env) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(e.stderr, "fieldwork:", err)
	if _, ok := errors.AsType[errUsage](err); ok {
		return 2
	}
	return 1
}

func help(e env) {
	fmt.Fprintln(e.stderr, "usage: fieldwork COMMAND [flags]; fieldwork COMMAND -h tells the flags. Each flag --x-y can be given as FIELDWORK_X_Y.")
	for _, c := range commands() {
		fmt.Fprintf(e.stderr, "  %-8s %-24s %s\n", c.name, c.args, c.about)
	}
}

// parse reads flags, which may stand behind arguments too; those that are not
// given come from the environment.
func parse(fs *flag.FlagSet, args []string, getenv func(string) string) error {
	var err error
	fs.VisitAll(func(f *flag.Flag) {
		if v := getenv("FIELDWORK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))); v != "" && err == nil {
			if e := f.Value.Set(v); e != nil {
				err = fmt.Errorf("FIELDWORK_%s: %w", strings.ToUpper(f.Name), e)
			}
		}
	})
	if err != nil {
		return err
	}
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return err
		}
		if fs.NArg() == 0 {
			break
		}
		words, args = append(words, fs.Arg(0)), fs.Args()[1:]
	}
	return fs.Parse(append([]string{"--"}, words...))
}

// logger writes structured lines to standard error.
func logger(e env, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
}
