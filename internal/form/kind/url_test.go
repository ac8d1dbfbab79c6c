package kind_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"fieldwork/internal/form/kind"
)

func TestURL(t *testing.T) {
	var tests []parseCase
	for name, s := range map[string]string{"a script": "javascript:alert(1)", "data": "data:text/html,x", "a file": "file:///etc/passwd", "ftp": "ftp://example.com", "no scheme": "example.com", "a scheme alone": "https:", "one slash": "https:/example.com",
		"no scheme but two slashes": "//example.com", "a script that holds the mark": "javascript://x", "a scheme after a scheme": "view-source:https://example.com"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: "must start with http:// or https://"})
	}
	for name, s := range map[string]string{"no host": "https://", "only a path": "https:///x", "a blank in the path": "https://example.com/a b", "a blank in the host": "https://exam ple.com", "a backslash": `https://example.com\@evil.com`,
		"port 0": "https://example.com:0", "port 65536": "https://example.com:65536", "a port of letters": "https://example.com:http", "no port after the colon": "https://example.com:/", "quotes": `https://example.com/"x"`, "angle brackets": "https://example.com/<x>",
		"broken percent": "https://example.com/%zz", "percent in the host": "https://ex%41mple.com", "writing direction turned": "https://example.com/\u202egpj.exe", "invisible space": "https://exa\u200bmple.com",
		"hyphen first": "https://-example.com", "two points": "https://example..com", "an address with a zone": "http://[fe80::1%25eth0]/", "no address in brackets": "http://[x]/", "a bracket left open": "http://[::1/"} {
		tests = append(tests, parseCase{name: name, raw: s, bad: strconv.Quote(s) + " is not a web address such as https://example.com/page"})
	}
	checkParse(t, kind.URL{}, append(tests, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "scheme and host in lower case, the rest as it is", raw: " HTTPS://Example.COM/A?B=C#D ", want: "https://example.com/A?B=C#D"},
		{name: "a host alone", raw: "http://example.com", want: "http://example.com"},
		{name: "a question right after the host", raw: "http://example.com?Q", want: "http://example.com?Q"},
		{name: "a host of the house", raw: "http://wiki/x", want: "http://wiki/x"},
		{name: "a machine and a port", raw: "http://127.0.0.1:8080/", want: "http://127.0.0.1:8080/"},
		{name: "IPv6", raw: "http://[2001:DB8::1]:80/", want: "http://[2001:db8::1]:80/"},
		{name: "another script", raw: "https://例子.中国/客户?名=大", want: "https://例子.中国/客户?名=大"},
		{name: "an at in the path", raw: "https://example.com/@mei", want: "https://example.com/@mei"},
		{name: "a name before the host", raw: "https://example.com@evil.com/", bad: "must not hold a name or a password"},
		{name: "a password", raw: "https://mei:secret@example.com/", bad: "must not hold a name or a password"},
		{name: "1,000 bytes", raw: "https://example.com/" + strings.Repeat("a", 980), want: "https://example.com/" + strings.Repeat("a", 980)},
		{name: "1,001 bytes", raw: "https://example.com/" + strings.Repeat("a", 981), bad: "must be at most 1000 bytes long, is 1001"},
		{name: "a line break", raw: "https://example.com/\nx", bad: "must be one line of text"},
		{name: "number", raw: 5, bad: "expected text, got a number"},
	}...))
}

// FuzzURL holds that an address reads as http or https without a password, with
// a host in lower case, however it is read, and stays as it is.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"", "https://example.com", "http://İ.com/", "http://a@b", "http://a:1?x@y", "http://[::1]", "http://a/%41", "HTTP://A#b", "http://a\\b", "http:///", "http://Σ.gr", "http://a:80:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, ok := again(t, kind.URL{}, s)
		if !ok {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Host == "" || u.Opaque != "" ||
			len(text) > kind.MaxURLBytes || strings.ContainsAny(text, " \t\r\n<>\"\\") || !strings.HasPrefix(text, u.Scheme+"://"+u.Host) {
			t.Fatalf("%q was parsed to %q (%#v, %v)", s, text, u, err)
		}
	})
}
