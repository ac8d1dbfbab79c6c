package e2e_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// extracted is a customer with a team and values of which few are to be seen.
type extracted struct {
	*world
	id string
}

const extractOf = `mutation($in: CreateExtractInput!) { createExtract(input: $in) { extract { id url fields contact responsibilities formats expiresAt revokedAt createdBy { name } openedCount lastOpenedAt } } }`

// secrets are values of the customer, of its team and of another customer, none of which
// an extract may show.
var secrets = []string{"9112233", "7445566", "SECRETNOTE", "SECRETCODE", "SECRETDUTY", "SECRETSCOPE", "SECRETTITLE", "Nina Consulted", "13812345678", "vera@acme.example", "Other Customer", "SECRETTASK", "SECRETREASON", "SECRETTAX"}

func newExtracted(t *testing.T) extracted {
	t.Helper()
	w := newWorld(t)
	w.acme.Install(t, "key_account")
	nina := w.ask(t, "olga", `mutation { createMember(input: {name: "Nina Consulted", email: "nina@acme.example", phone: "+8613812345678"}) { member { id } } }`, nil).text("createMember", "member", "id")
	w.ask(t, "olga", `mutation($m: ID!, $v: Int!) { updateMember(input: {id: $m, version: $v, set: {phone: "+8613900001111", jobTitle: "SECRETTITLE"}}) { member { id } } }`,
		vars{"m": w.ids["tom"], "v": w.ask(t, "olga", `query($m: ID!) { member(id: $m) { version } }`, vars{"m": w.ids["tom"]}).at("member", "version")})
	made := w.ask(t, "mei", `mutation($in: CreateCustomerInput!) { createCustomer(input: $in) { customer { id } } }`, vars{"in": map[string]any{
		"name": "示例钢铁 <b>Steel</b>", "tier": "A", "annualRevenue": "9112233.50", "annualSpend": "7445566", "contractEnd": "2027-03-31", "note": "SECRETNOTE", "shortName": "SECRETCODE", "taxNumber": "SECRETTAX",
		"owner": w.ids["mei"],
		"roles": []any{
			map[string]any{"responsibility": "ACCOUNT_MANAGER", "member": w.ids["tom"], "level": "A", "duties": "SECRETDUTY", "scope": "SECRETSCOPE"},
			map[string]any{"responsibility": "SALES", "member": w.ids["mei"], "level": "R"},
			map[string]any{"responsibility": "SALES", "member": nina, "level": "C"},
			map[string]any{"responsibility": "LEGAL", "member": w.ids["vera"], "level": "A"},
		},
		"tasks": []any{map[string]any{"title": "SECRETTASK"}},
	}})
	w.ask(t, "mei", `mutation { createCustomer(input: {name: "Other Customer"}) { customer { id } } }`, nil)
	return extracted{world: w, id: made.text("createCustomer", "customer", "id")}
}

// give makes an extract as Tom and returns its id; what is given is added to the input.
func (x *extracted) give(t *testing.T, input vars) (id, url string) {
	t.Helper()
	all := map[string]any{"customer": x.id, "fields": []string{"tier", "contract_end", "owner"}, "responsibilities": []string{"account_manager", "sales", "after_sales"}, "formats": []string{"PDF", "PNG", "XLSX"}, "language": "zh"}
	for k, v := range input {
		all[k] = v
	}
	a := x.ask(t, "tom", extractOf, vars{"in": all})
	return a.text("createExtract", "extract", "id"), a.text("createExtract", "extract", "url")
}

func (x *extracted) open(t *testing.T, url string) (int, http.Header, string) {
	t.Helper()
	res, body := x.fetch(t, "nobody", http.MethodGet, url, nil, nil)
	return res.StatusCode, res.Header, body
}

// A customer is shown who works for it and the chosen fields, as a page and as files,
// and nothing else in any of them.
func TestExtractShowsOnlyWhatIsListed(t *testing.T) {
	t.Parallel()
	x := newExtracted(t)
	_, url := x.give(t, nil)
	status, head, page := x.open(t, url)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	for _, want := range []string{"示例钢铁 &lt;b&gt;Steel&lt;/b&gt;", "acme Ltd", "战略", "2027-03-31", "客户经理", "销售代表", "Tom", "Mei", "tom@acme.example", "13900001111", "客户级别", "合同到期"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, no := range append([]string{"售后服务", "缺", "主责", "Vera", "script", "http"}, secrets...) {
		if strings.Contains(page, no) {
			t.Errorf("the page holds %q", no)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "", "Set-Cookie": ""} {
		if got := head.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if csp := head.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Error(csp)
	}
	for name, begins := range map[string]string{"pdf": "%PDF-", "png": "\x89PNG", "xlsx": "PK"} {
		status, head, file := x.open(t, url+"/team."+name)
		if status != http.StatusOK || !strings.HasPrefix(file, begins) || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment; ") || head.Get("Cache-Control") != "private, no-store" {
			t.Fatalf("%s: %d %v %.40q", name, status, head, file)
		}
		for _, no := range secrets {
			if strings.Contains(file, no) {
				t.Errorf("the %s holds %q", name, no)
			}
		}
	}
	_, _, file := x.open(t, url+"/team.xlsx")
	x.workbook(t, file)
	x.sameWithout(t, url)
	if log := x.logged(); strings.Contains(log, strings.TrimPrefix(url, "/extract/")) {
		t.Error("the log holds the secret of an extract")
	}
}

// sameWithout changes what is not listed: nothing that is shown differs by a byte.
func (x *extracted) sameWithout(t *testing.T, url string) {
	t.Helper()
	paths := []string{url, url + "/team.pdf", url + "/team.png", url + "/team.xlsx"}
	before := map[string]string{}
	for _, p := range paths {
		_, _, before[p] = x.open(t, p)
	}
	a := x.ask(t, "mei", `query($id: ID!) { customer(id: $id) { version roles(filter: {level: {in: [A, C]}}) { nodes { id version responsibility } } } }`, vars{"id": x.id})
	x.ask(t, "mei", `mutation($id: ID!, $v: Int!) { updateCustomer(input: {id: $id, version: $v, set: {annualRevenue: "1", annualSpend: "2", note: "changed", shortName: "changed", taxNumber: "changed", industry: ENERGY}}) { customer { id } } }`,
		vars{"id": x.id, "v": a.at("customer", "version")})
	for _, r := range a.at("customer", "roles", "nodes").([]any) {
		r := r.(map[string]any)
		set := map[string]any{"duties": "changed", "scope": "changed", "deputy": x.ids["vera"]}
		if r["responsibility"] == "LEGAL" {
			set["member"] = x.ids["olga"]
		}
		x.ask(t, "mei", `mutation($id: ID!, $v: Int!, $s: RoleSet!) { updateRole(input: {id: $id, version: $v, set: $s}) { role { id } } }`, vars{"id": r["id"], "v": r["version"], "s": set})
	}
	x.ask(t, "mei", `mutation($m: ID!, $d: Date!) { createAbsence(input: {member: $m, fromOn: $d, toOn: $d, reason: "SECRETREASON"}) { absence { id } } }`, vars{"m": x.ids["tom"], "d": time.Now().Format(time.DateOnly)})
	for _, p := range paths {
		if _, _, after := x.open(t, p); after != before[p] {
			t.Errorf("%s shows what is not listed", strings.TrimPrefix(p, url))
		}
	}
}

// workbook looks through every part of a workbook.
func (x *extracted) workbook(t *testing.T, file string) {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range secrets {
			if bytes.Contains(b, []byte(no)) {
				t.Errorf("%s holds %q", part.Name, no)
			}
		}
	}
	f, err := excelize.OpenReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows("服务团队")
	if err != nil || fmt.Sprint(rows[2:]) != "[[职责 姓名 邮箱 电话] [客户经理 Tom tom@acme.example +8613900001111] [销售代表 Mei mei@acme.example]]" {
		t.Errorf("%v (%v)", rows, err)
	}
	if rows, err = f.GetRows("客户信息"); err != nil || fmt.Sprint(rows[3:]) != "[[客户级别 战略] [合同到期 2027-03-31] [客户负责人 Mei]]" {
		t.Errorf("%v (%v)", rows, err)
	}
}

// What is shown is what is so when it is opened; openings are counted.
func TestExtractIsLive(t *testing.T) {
	t.Parallel()
	x := newExtracted(t)
	id, url := x.give(t, vars{"formats": []string{}, "language": "en", "contact": []string{}, "fields": []string{"annual_revenue"}})
	if _, _, page := x.open(t, url); !strings.Contains(page, "9,112,233.50 CNY") || strings.Contains(page, "tom@acme.example") || strings.Contains(page, "Download") {
		t.Error(page)
	}
	version := x.ask(t, "mei", `query($id: ID!) { customer(id: $id) { version } }`, vars{"id": x.id}).at("customer", "version")
	x.ask(t, "mei", `mutation($id: ID!, $v: Int!) { updateCustomer(input: {id: $id, version: $v, set: {annualRevenue: "5"}}) { customer { id } } }`, vars{"id": x.id, "v": version})
	x.ask(t, "mei", `mutation($id: ID!, $m: ID!) { createRole(input: {customer: $id, responsibility: AFTER_SALES, member: $m, level: S}) { role { id } } }`, vars{"id": x.id, "m": x.ids["olga"]})
	if _, _, page := x.open(t, url); !strings.Contains(page, "<dd>5 CNY</dd>") && !strings.Contains(page, "<dd>5.00 CNY</dd>") || !strings.Contains(page, "After-sales") || !strings.Contains(page, "Olga") {
		t.Error(page)
	}
	x.ask(t, "olga", `mutation { archiveField(input: {form: "customer", key: "annual_revenue"}) { field { key } } }`, nil)
	if status, _, page := x.open(t, url); status != http.StatusOK || strings.Contains(page, "CNY") {
		t.Error("a field that is archived is shown", status)
	}
	if status, _, _ := x.open(t, url+"/team.pdf"); status != http.StatusNotFound {
		t.Errorf("a format that is not allowed: %d", status)
	}
	list := x.ask(t, "vera", `query($c: ID!) { extracts(customer: $c) { id url fields openedCount lastOpenedAt createdBy { name } responsibilities formats } }`, vars{"c": x.id})
	one := list.at("extracts", 0).(map[string]any)
	if one["id"] != id || one["url"] != nil || fmt.Sprint(one["openedCount"]) != "3" || one["lastOpenedAt"] == nil || fmt.Sprint(one["createdBy"], one["fields"], one["formats"]) != "map[name:Tom] [] []" {
		t.Error(list.raw)
	}
	var kept string
	if err := x.acme.DB.Control.Get(&kept, `SELECT to_jsonb(e)::text FROM fieldwork.extract e`); err != nil || strings.Contains(kept, strings.TrimPrefix(url, "/extract/")) {
		t.Errorf("the secret is kept: %s (%v)", kept, err)
	}
}

// Whatever is wrong with a link, the answer is the same to the byte.
func TestExtractsThatAreNotShown(t *testing.T) {
	t.Parallel()
	x := newExtracted(t).world
	e := extracted{world: x, id: x.ask(t, "olga", `{ customers(search: "示例钢铁") { nodes { id } } }`, nil).text("customers", "nodes", 0, "id")}
	status, _, unknown := e.open(t, "/extract/"+strings.Repeat("A", 43))
	if status != http.StatusNotFound {
		t.Fatal(status)
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := x.acme.DB.Control.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(what, url string) {
		t.Helper()
		for _, path := range []string{url, url + "/team.pdf", url + "/team.xlsx"} {
			if status, head, body := e.open(t, path); status != http.StatusNotFound || body != unknown || head.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("%s: %s is %d %q", what, path, status, body)
			}
		}
	}
	shown := func(url string) {
		t.Helper()
		if status, _, _ := e.open(t, url); status != http.StatusOK {
			t.Errorf("%s is %d", url, status)
		}
	}
	id, url := e.give(t, nil)
	gone("forged", url[:len(url)-1]+"_")
	if status, _, body := e.open(t, url+"/"+e.id); status != http.StatusNotFound || body != unknown {
		t.Error("there is something behind the link", status)
	}
	if status, _, body := e.open(t, url+"?customer=customer_2&fields=annual_revenue"); status != http.StatusOK || strings.Contains(body, "Other Customer") || strings.Contains(body, "9112233") {
		t.Error("an extract can be aimed")
	}
	x.ask(t, "tom", `mutation($id: ID!) { revokeExtract(input: {id: $id}) { extract { id revokedAt } } }`, vars{"id": id})
	gone("revoked", url)

	_, url = e.give(t, nil)
	exec(`UPDATE fieldwork.extract SET expires_at = now() - interval '1 second'`)
	gone("expired", url)

	_, url = e.give(t, nil)
	exec(`UPDATE fieldwork.member SET access = 'VIEWER' WHERE email = 'tom@acme.example'`)
	gone("of one who may no longer write", url)
	exec(`UPDATE fieldwork.member SET access = 'MEMBER', active = false WHERE email = 'tom@acme.example'`)
	gone("of one who left", url)
	exec(`UPDATE fieldwork.member SET active = true WHERE email = 'tom@acme.example'`)
	shown(url)

	version := x.ask(t, "mei", `query($id: ID!) { customer(id: $id) { version } }`, vars{"id": e.id}).at("customer", "version")
	archived := x.ask(t, "mei", `mutation($id: ID!, $v: Int!) { archiveCustomer(input: {id: $id, version: $v}) { customer { version } } }`, vars{"id": e.id, "v": version})
	gone("of a customer that is archived", url)
	x.ask(t, "mei", `mutation($id: ID!, $v: Int!) { restoreCustomer(input: {id: $id, version: $v}) { customer { version } } }`, vars{"id": e.id, "v": archived.at("archiveCustomer", "customer", "version")})
	shown(url)
}

// Who may give an extract away, list and end it, and what an input may say.
func TestExtractRights(t *testing.T) {
	t.Parallel()
	x := newExtracted(t)
	x.withBeta(t)
	refused := func(as, query string, v vars, want string) {
		t.Helper()
		a := x.try(t, as, query, v)
		var got []string
		for _, e := range a.errors {
			m := e["extensions"].(map[string]any)
			got = append(got, fmt.Sprint(m["code"], m["path"]))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s", got, a.raw)
		}
	}
	in := func(more vars) vars {
		all := vars{"customer": x.id}
		for k, v := range more {
			all[k] = v
		}
		return vars{"in": all}
	}
	refused("vera", extractOf, in(nil), "FORBIDDEN[input]")
	refused("tom", extractOf, in(vars{"customer": "customer_999"}), "NOT_FOUND[input customer]")
	refused("tom", extractOf, in(vars{"customer": "task_1"}), "NOT_FOUND[input customer]")
	refused("bea", extractOf, in(nil), "NOT_FOUND[input customer]")
	refused("tom", extractOf, in(vars{"fields": []string{"tier", "nothing", "roles", "address", "id", "health"}, "contact": []string{"team"}, "responsibilities": []string{"cook"}, "expiresAt": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}),
		"INVALID[input fields 1] INVALID[input fields 2] INVALID[input fields 3] INVALID[input fields 4] INVALID[input fields 5] INVALID[input contact 0] NOT_FOUND[input responsibilities 0] INVALID[input expiresAt]")
	id, url := x.give(t, nil)
	const revoke = `mutation($id: ID!) { revokeExtract(input: {id: $id}) { extract { revokedAt } } }`
	other := x.ask(t, "mei", extractOf, in(nil)).text("createExtract", "extract", "id")
	refused("tom", revoke, vars{"id": other}, "NOT_FOUND[input id]")
	refused("vera", revoke, vars{"id": id}, "NOT_FOUND[input id]")
	refused("bea", revoke, vars{"id": id}, "NOT_FOUND[input id]")
	refused("tom", revoke, vars{"id": "extract_x"}, "NOT_FOUND[input id]")
	refused("bea", `query($c: ID!) { extracts(customer: $c) { id } }`, vars{"c": x.id}, "NOT_FOUND[customer]")
	if status, _, _ := x.open(t, url); status != http.StatusOK {
		t.Error("an extract was revoked by somebody else")
	}
	first := x.ask(t, "mei", revoke, vars{"id": id}).raw
	if again := x.ask(t, "mei", revoke, vars{"id": id}).raw; again != first {
		t.Errorf("revoked twice: %s, %s", first, again)
	}
}

// Who asks too often must wait, whether the link is right or wrong.
func TestExtractsAreLimited(t *testing.T) {
	t.Parallel()
	x := newExtracted(t)
	_, url := x.give(t, nil)
	for i := range 60 {
		if status, _, _ := x.open(t, fmt.Sprintf("/extract/wrong%d", i)); status != http.StatusNotFound {
			t.Fatalf("try %d is %d", i, status)
		}
	}
	for _, path := range []string{url, "/extract/wrong"} {
		if status, head, _ := x.open(t, path); status != http.StatusTooManyRequests || head.Get("Retry-After") == "" {
			t.Errorf("%s: %d", path, status)
		}
	}
}
