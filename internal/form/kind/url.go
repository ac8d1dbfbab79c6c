package kind

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"fieldwork/internal/fault"
)

// URL is the address of something on the web. Only http and https are taken:
// what a member stores another member will click on.
type URL struct{}

func (URL) Name() string       { return "URL" }
func (URL) Column() string     { return "text" }
func (URL) GraphQL() string    { return "String" }
func (URL) Filter() string     { return "TextFilter" }
func (URL) Form() Form         { return AsString }
func (URL) Operators() []Op    { return Text{}.Operators() }
func (URL) Settings() []string { return nil }

// Parse writes scheme and host in lower case and leaves the rest as it is. An
// address that holds a password, or that looks like another than it is, is
// refused.
func (URL) Parse(raw any, _ *Settings) (any, error) {
	v, ok, err := line(raw)
	if err != nil || !ok {
		return nil, err
	}
	v = strings.TrimSpace(v)
	if len(v) > MaxURLBytes {
		return nil, invalid("must be at most %d bytes long, is %d", MaxURLBytes, len(v))
	}
	scheme, rest, ok := strings.Cut(v, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return nil, invalid("must start with http:// or https://")
	}
	bad := invalid("%q is not a web address such as https://example.com/page", fault.Clip(v))
	for _, r := range v {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("<>\"\\`", r) {
			return nil, bad
		}
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if strings.Contains(host, "@") {
		return nil, invalid("must not hold a name or a password")
	}
	host = lower(host)
	v = scheme + "://" + host + path
	u, err := url.Parse(v)
	if err != nil || !goodHost(host, u) {
		return nil, bad
	}
	if len(v) > MaxURLBytes { // lower case can be longer
		return nil, invalid("must be at most %d bytes long, is %d", MaxURLBytes, len(v))
	}
	return v, nil
}

// goodHost tells whether host, with its port, is what u takes it for.
func goodHost(host string, u *url.URL) bool {
	if u.Host != host || u.User != nil || u.Opaque != "" || strings.HasSuffix(host, ":") {
		return false
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	if strings.HasPrefix(host, "[") {
		a, err := netip.ParseAddr(u.Hostname())
		return err == nil && a.Is6() && a.Zone() == ""
	}
	return isDomain(strings.TrimSuffix(u.Hostname(), "."))
}
