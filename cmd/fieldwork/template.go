package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fieldwork/internal/form"
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
	"fieldwork/internal/template"

	"github.com/goccy/go-yaml"
)

// templates lists, shows, installs and exports templates.
func templates(fs *flag.FlagSet, e env) func(context.Context, []string) error {
	p := placeFlags(fs, e)
	c := templateCommand{env: e,
		org:      fs.String("org", "", "`key` of the organisation"),
		file:     fs.String("file", "", "`file` of an exported template, in JSON or YAML; - for standard input"),
		sample:   fs.Bool("sample", false, "install sample records too"),
		language: fs.String("language", "", "`tag` of the language of records; the organisation's if left out"),
		dryRun:   fs.Bool("dry-run", false, "only tell what would be made"),
		samples:  fs.String("samples", "", "`ids` of records that go with an exported template as sample records, with commas between them"),
		ref:      fs.String("reference", "", "`ids` of records that its forms are of no use without"),
		key:      fs.String("key", "", "`key` of an exported template"),
		label:    fs.String("label", "", "what people call an exported template, in the organisation's language"),
		version:  fs.Int("version", 1, "`version` of an exported template"),
	}
	return func(ctx context.Context, args []string) error {
		do := strings.Join(args[:min(len(args), 1)], "")
		switch {
		case do == "list" && len(args) == 1:
			return c.list()
		case do == "show" && len(args) == 2:
			return c.show(args[1])
		case do == "install" && len(args) <= 2 && *c.org != "" && (len(args) == 2) != (*c.file != ""):
			return withDB(ctx, p, e, func(db *pg.DB) error { return c.install(ctx, db, strings.Join(args[1:], "")) })
		case do == "export" && len(args) > 1 && *c.org != "" && *c.key != "":
			return withDB(ctx, p, e, func(db *pg.DB) error { return c.export(ctx, db, args[1:]) })
		}
		return usage("say template list, template show KEY, template install --org ORG KEY (or --file FILE), or template export --org ORG --key KEY FORM...")
	}
}

type templateCommand struct {
	env
	org, file, language, key, label *string
	samples, ref                    *string
	sample, dryRun                  *bool
	version                         *int
}

func (c templateCommand) list() error {
	all, err := template.List()
	for _, t := range all {
		fmt.Fprintf(c.stdout, "%s\t%d\t%s\t%s\n", t.Key, t.Version, t.Label["en"], t.Label["zh"])
	}
	return err
}

func (c templateCommand) show(key string) error {
	t, err := template.Find(key)
	if err != nil {
		return err
	}
	d, err := t.Document()
	if err != nil {
		return err
	}
	for _, f := range d.Forms {
		fmt.Fprintf(c.stdout, "%s\t%s\t%s\n", f.Key, f.Labels["en"], f.Labels["zh"])
		for _, x := range f.Fields {
			fmt.Fprintf(c.stdout, "  %s\t%s\t%s\t%s\n", x.Key, x.Kind, x.Labels["en"], x.Labels["zh"])
		}
		for _, v := range t.Views {
			if v.Form == f.Key {
				fmt.Fprintf(c.stdout, "  view %s\t%s\t%s\t%s\n", v.Key, v.Layout, v.Labels["en"], v.Labels["zh"])
			}
		}
		for _, r := range t.Reports {
			if r.Form == f.Key {
				fmt.Fprintf(c.stdout, "  report %s\t%s\t%s\t%s\n", r.Key, r.Chart.Kind, r.Labels["en"], r.Labels["zh"])
			}
		}
	}
	for _, d := range t.Dashboards {
		fmt.Fprintf(c.stdout, "dashboard %s\t%s\t%s\n", d.Key, d.Labels["en"], d.Labels["zh"])
	}
	return nil
}

func (c templateCommand) install(ctx context.Context, db *pg.DB, key string) error {
	from := template.Source{Key: key}
	if *c.file != "" {
		text, err := readFile(*c.file)
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal([]byte(text), &from.Document); err != nil {
			return fmt.Errorf("%s: %w", *c.file, err)
		}
	}
	o, err := org.ByKey(ctx, db, *c.org)
	if err != nil {
		return err
	}
	store, done := template.NewStore(db, forms(db)), template.Installed{}
	if *c.dryRun {
		cat, err := form.Load(ctx, db, o.ID)
		if err != nil {
			return err
		}
		if done.Preview, err = store.Preview(ctx, cat, from); err != nil {
			return err
		}
	} else if done, err = store.Install(ctx, org.Program(o.ID, o.Key), from, template.Installing{Sample: *c.sample, Language: *c.language}); err != nil {
		return err
	}
	for _, d := range done.Made {
		fmt.Fprintf(c.stdout, "%s\t%s\n", d.Change, strings.Join(d.Path, "."))
	}
	for _, l := range done.Left {
		fmt.Fprintf(c.stdout, "LEFT %s\t%s\n", l.Why, strings.Trim(strings.Join([]string{l.Form, l.Field, l.Option, l.Rule, l.View, l.Report, l.Dashboard, l.Aggregate}, "."), "."))
	}
	for _, key := range slices.Sorted(maps.Keys(done.Records)) {
		if n := done.Records[key]; n > 0 {
			fmt.Fprintf(c.stdout, "RECORDS %d\t%s\n", n, key)
		}
	}
	return nil
}

func (c templateCommand) export(ctx context.Context, db *pg.DB, keys []string) error {
	o, err := org.ByKey(ctx, db, *c.org)
	if err != nil {
		return err
	}
	cat, err := form.Load(ctx, db, o.ID)
	if err != nil {
		return err
	}
	label := *c.label
	if label == "" {
		label = *c.key
	}
	e, err := template.NewStore(db, forms(db)).Export(ctx, cat, template.Export{Key: *c.key, Label: form.Label{cat.Language: label}, Version: *c.version},
		template.Exporting{Forms: keys, Sample: ids(*c.samples), Reference: ids(*c.ref)})
	if err != nil {
		return err
	}
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

// ids are those of a list with commas.
func ids(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
