package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"fieldwork/graph"
	"fieldwork/internal/dashboard"
	"fieldwork/internal/demo"
	"fieldwork/internal/form"
	"fieldwork/internal/form/check"
	"fieldwork/internal/handover"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/report"
	"fieldwork/internal/template"
	"fieldwork/internal/typed"
	"fieldwork/internal/typed/sdl"
	"fieldwork/internal/view"
)

// withDB opens the database for a command that ends by itself.
func withDB(ctx context.Context, p place, e env, f func(db *pg.DB) error) error {
	db, closeDB, err := p.open(ctx, logger(e, slog.LevelWarn))
	if err != nil {
		return err
	}
	defer closeDB()
	return f(db)
}

func migrate(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	return func(ctx context.Context, _ []string) error {
		return withDB(ctx, p, e, func(*pg.DB) error { return nil }) // opening migrates
	}
}

func makeDemo(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	size := fs.Int("size", 0, "number of `customers`; 0: 60")
	return func(ctx context.Context, _ []string) error {
		return withDB(ctx, p, e, func(db *pg.DB) error {
			o, err := demo.Ensure(ctx, db, forms(db), demo.Options{Customers: *size})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(e.stdout, o.Key)
			return err
		})
	}
}

func organisations(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	key := fs.String("key", "", "`key` of the organisation: small letters, digits, underscores")
	name := fs.String("name", "", "what people call it")
	owner := fs.String("owner", "", "e-mail `address` of its owner")
	ownerName := fs.String("owner-name", "", "name of its owner; the address if left out")
	zone := fs.String("time-zone", "UTC", "IANA `name` of its time zone")
	lang := fs.String("language", "en", "`language` of labels when a request asks for none")
	return func(ctx context.Context, args []string) error {
		switch strings.Join(args, " ") {
		case "list":
			return withDB(ctx, p, e, func(db *pg.DB) error {
				list, err := org.List(ctx, db)
				for _, o := range list {
					fmt.Fprintf(e.stdout, "%s\t%s\n", o.Key, o.Name)
				}
				return err
			})
		case "create":
			if *key == "" || *owner == "" {
				return usage("org create needs --key and --owner")
			}
			if *ownerName == "" {
				*ownerName = *owner
			}
			return withDB(ctx, p, e, func(db *pg.DB) error {
				o, _, err := template.NewOrganisation(ctx, db, forms(db), org.New{Key: *key, Name: *name, TimeZone: *zone, Language: *lang},
					template.Owner{Name: *ownerName, Email: *owner})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(e.stdout, o.Key)
				return err
			})
		}
		return usage("say org create or org list")
	}
}

// asMember finds the organisation and member that flags name.
func asMember(ctx context.Context, db *pg.DB, orgKey, email string) (org.Organisation, org.Account, error) {
	o, err := org.ByKey(ctx, db, orgKey)
	if err != nil {
		return o, org.Account{}, err
	}
	a, err := org.NewStore(db).AccountByEmail(ctx, o.ID, email)
	return o, a, err
}

func tokens(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	orgKey := fs.String("org", "", "`key` of the organisation")
	member := fs.String("member", "", "e-mail `address` of the member whose token it is")
	name := fs.String("name", "command line", "what the token is for")
	expires := fs.String("expires", "90d", "`time` until it ends, such as 30d or 12h")
	return func(ctx context.Context, args []string) error {
		do := strings.Join(args[:min(len(args), 1)], "")
		if *orgKey == "" || do == "create" && *member == "" {
			return usage("token create needs --org and --member, token list and token revoke need --org")
		}
		life, err := parseDays(*expires)
		if err != nil {
			return err
		}
		return withDB(ctx, p, e, func(db *pg.DB) error {
			o, err := org.ByKey(ctx, db, *orgKey)
			if err != nil {
				return err
			}
			store, program := org.NewStore(db), org.Program(o.ID, o.Key)
			switch {
			case do == "create" && len(args) == 1:
				_, a, err := asMember(ctx, db, *orgKey, *member)
				if err != nil {
					return err
				}
				issued, err := store.CreateToken(ctx, program, a.ID, *name, time.Now().Add(life))
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(e.stdout, issued.Secret)
				return err
			case do == "list" && len(args) == 1:
				list, err := store.Tokens(ctx, program)
				for _, t := range list {
					fmt.Fprintf(e.stdout, "%d\t%s\tmember_%d\t%s\t%s\n", t.ID, t.Kind, t.MemberID, t.ExpiresAt.UTC().Format(time.RFC3339), t.Name)
				}
				return err
			case do == "revoke" && len(args) == 2:
				var id int64
				if _, err := fmt.Sscanf(args[1], "%d", &id); err != nil {
					return usage("token revoke needs the number that token list tells")
				}
				return store.RevokeToken(ctx, program, id)
			}
			return usage("say token create, token list or token revoke NUMBER")
		})
	}
}

func password(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	orgKey := fs.String("org", "", "`key` of the organisation")
	member := fs.String("member", "", "e-mail `address` of the member")
	return func(ctx context.Context, _ []string) error {
		if *orgKey == "" || *member == "" {
			return usage("password needs --org and --member")
		}
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, 1<<10)).ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		return withDB(ctx, p, e, func(db *pg.DB) error {
			o, a, err := asMember(ctx, db, *orgKey, *member)
			if err != nil {
				return err
			}
			return org.NewStore(db).SetPassword(ctx, org.Program(o.ID, o.Key), a.ID, nil, strings.TrimRight(line, "\r\n"))
		})
	}
}

// schemaOf builds the schema of the organisation that a flag names.
func schemaOf(ctx context.Context, db *pg.DB, orgKey string) (*typed.Schema, error) {
	o, err := org.ByKey(ctx, db, orgKey)
	if err != nil {
		return nil, err
	}
	cat, err := form.Load(ctx, db, o.ID)
	if err != nil {
		return nil, err
	}
	return typed.New(cat, db, &graph.Resolver{DB: db, ViewStore: view.NewStore(db), ReportStore: report.NewStore(db), DashboardStore: dashboard.NewStore(db), HandoverStore: handover.NewStore(db)}, time.Now())
}

func printSchema(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	orgKey := fs.String("org", "", "`key` of the organisation")
	return func(ctx context.Context, _ []string) error {
		if *orgKey == "" {
			return usage("schema needs --org")
		}
		return withDB(ctx, p, e, func(db *pg.DB) error {
			s, err := schemaOf(ctx, db, *orgKey)
			if err != nil {
				return err
			}
			_, err = io.WriteString(e.stdout, sdl.Whole(s.Catalog, time.Now()))
			return err
		})
	}
}

func explain(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	orgKey := fs.String("org", "", "`key` of the organisation")
	vars := fs.String("variables", "", "variables as `JSON`")
	return func(ctx context.Context, args []string) error {
		if *orgKey == "" || len(args) != 1 {
			return usage("explain needs --org and the file of an operation (- for standard input)")
		}
		text, err := readFile(args[0])
		if err != nil {
			return err
		}
		return withDB(ctx, p, e, func(db *pg.DB) error {
			s, err := schemaOf(ctx, db, *orgKey)
			if err != nil {
				return err
			}
			out, err := s.Explain(ctx, text, *vars)
			if err != nil {
				return err
			}
			_, err = io.WriteString(e.stdout, out)
			return err
		})
	}
}

func readFile(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(os.Stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}

func checked(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	orgKey := fs.String("org", "", "`key` of one organisation; all if left out")
	return func(ctx context.Context, _ []string) error {
		return withDB(ctx, p, e, func(db *pg.DB) error {
			list, err := org.List(ctx, db)
			if err != nil {
				return err
			}
			found := 0
			for _, o := range list {
				if *orgKey != "" && o.Key != *orgKey {
					continue
				}
				problems, err := check.Run(ctx, db, o.ID)
				if err != nil {
					return err
				}
				for _, problem := range problems {
					fmt.Fprintf(e.stdout, "%s: %s\n", o.Key, problem)
				}
				found += len(problems)
			}
			if found > 0 {
				return fmt.Errorf("%d differences between definitions and tables", found)
			}
			_, err = fmt.Fprintln(e.stdout, "no differences")
			return err
		})
	}
}
