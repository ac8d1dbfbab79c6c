package kind_test

import (
	"testing"

	"fieldwork/internal/form/kind"
)

func TestPhone(t *testing.T) {
	notANumber := func(s string) string { return `"` + s + `" is not a telephone number such as +86 138 0013 8000` }
	unknown := func(s, region string) string {
		return `"` + s + `" is not a number that exists; numbers of other countries than ` + region + ` start with +`
	}
	checkParse(t, kind.Phone{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "blank", raw: " ", want: nil},
		{name: "a mobile number of China", raw: "138 0013 8000", want: "+8613800138000"},
		{name: "a landline with its area", raw: "(021) 6123-4567", want: "+862161234567"},
		{name: "full-width digits and brackets", raw: "（０２１）６１２３４５６７", want: "+862161234567"},
		{name: "with the code of the country", raw: "+86-138-0013-8000", want: "+8613800138000"},
		{name: "00 in place of +", raw: "0049 30 123456", want: "+4930123456"},
		{name: "a link", raw: "tel:+8613800138000", want: "+8613800138000"},
		{name: "an extension", raw: "021-61234567 ext. 123", want: "+862161234567;ext=123"},
		{name: "an extension in Chinese", raw: "021-61234567转0123", want: "+862161234567;ext=0123"},
		{name: "as it is stored", raw: "+862161234567;ext=123", want: "+862161234567;ext=123"},
		{name: "a service number", raw: "400-810-8888", want: "+864008108888"},
		{name: "of the field's region", raw: "030 123456", set: kind.Settings{Region: "DE"}, want: "+4930123456"},
		{name: "the zero that Italy dials", raw: "06 6982 1234", set: kind.Settings{Region: "IT"}, want: "+390669821234"},
		{name: "of another country", raw: "+1 (202) 456-1111", want: "+12024561111"},
		{name: "a region that is none", raw: "030 123456", set: kind.Settings{Region: "XX"}, bad: unknown("030 123456", "XX")},
		{name: "too short", raw: "12345", bad: unknown("12345", "CN")},
		{name: "too long", raw: "138001380001", bad: unknown("138001380001", "CN")},
		{name: "possible, but no network has it", raw: "+86 100 0013 8000", bad: unknown("+86 100 0013 8000", "CN")},
		{name: "no country", raw: "+999 12345678", bad: unknown("+999 12345678", "CN")},
		{name: "letters", raw: "1-800-FLOWERS", bad: notANumber("1-800-FLOWERS")},
		{name: "a name after it", raw: "13800138000 Mei", bad: notANumber("13800138000 Mei")},
		{name: "two numbers", raw: "13800138000, 13900139000", bad: notANumber("13800138000, 13900139000")},
		{name: "two numbers and a slash", raw: "13800138000/13900139000", bad: unknown("13800138000/13900139000", "CN")},
		{name: "an extension of eight digits", raw: "021-61234567 ext 12345678", bad: notANumber("021-61234567 ext 12345678")},
		{name: "only an extension", raw: "ext 1", bad: notANumber("ext 1")},
		{name: "a number that is one", raw: 13800138000, bad: "expected text, got a number"},
		{name: "a line break", raw: "13800138000\n1", bad: "must be one line of text"},
	})
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"", "13800138000", "+1 202 456 1111 x5", "tel:;ext=1", "+", "+86", "００４９", "/", "()转1", "٠٢١٦١٢٣٤٥٦٧", "+390669821234"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := again(t, kind.Phone{}, s); ok && (text[0] != '+' || len(text) > len("+123456789012345;ext=1234567")) {
			t.Fatalf("%q was parsed to %q", s, text)
		}
	})
}
