package expr

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCheckedExpressionHasTypeAndCanonicalText(t *testing.T) {
	tests := []struct {
		name, text string
		typ        Type
		print      string // "": as text
	}{
		{"a field is of its type", `estimate_hours`, Number, ""},
		{"this names the same record", `this.estimate_hours`, Number, "estimate_hours"},
		{"references are walked", `customer.owner.name`, Text, ""},
		{"the record itself", `this`, Reference, ""},
		{"a field may be called like an aggregate", `count & group`, Text, `concat(count, group)`},
		{"a field called like a keyword is reached by this", `this.in`, Text, "`in`"},
		{"or in backquotes", "`in` = \"x\"", Boolean, "`in` = \"x\""},
		{"fields called order, where and date", "order + this.where + rank * 2", Integer, "order + `where` + rank * 2"},
		{"letters of any language are a name", `Ünï_码`, Text, ""},
		{"keywords and functions in capitals", `NOT done AND LENGTH(title) > 3 Or FALSE`, Boolean, `not done and length(title) > 3 or false`},
		{"and binds before or", `done or late and done`, Boolean, ""},
		{"parentheses stay where they are needed", `(done or late) and not (done and late)`, Boolean, ""},
		{"not goes over comparisons", `not rank = 1`, Boolean, ""},
		{"spellings of equal and unequal", `rank == 1 and rank <> 2`, Boolean, `rank = 1 and rank != 2`},
		{"terms lean to the left", `rank - 1 - (2 - 3)`, Integer, ""},
		{"factors before terms", `(rank + 1) * 2 % 3`, Integer, ""},
		{"minus before factors", `-rank * --2 - -(rank + 1)`, Integer, ""},
		{"division gives a number", `rank / 2`, Number, ""},
		{"whole numbers widen", `rank + 1.50`, Number, ""},
		{"a remainder of whole numbers is whole", `rank % 2`, Integer, ""},
		{"leading zeros go", `007 + 00.50`, Number, `7 + 0.50`},
		{"a number too long for bigint is a decimal", `1234567890123456789`, Number, ""},
		{"escapes and both quotes", `"a\"b\\\n" & 'it\'s'`, Text, `concat("a\"b\\\n", "it's")`},
		{"between is two comparisons", `rank between 1 and 2 or done`, Boolean, `rank >= 1 and rank <= 2 or done`},
		{"not between", `rank not between 1 and 2`, Boolean, `not (rank >= 1 and rank <= 2)`},
		{"in and not in", `status in ("open", 'done') and rank not in (1, 2.5)`, Boolean, `status in ("open", "done") and rank not in (1, 2.5)`},
		{"an option among fields", `"open" in (status, last_status)`, Boolean, ""},
		{"is empty", `title is empty or customer is not empty`, Boolean, ""},
		{"equal to null is empty", `title = null or null != rank`, Boolean, `title is empty or rank is not empty`},
		{"a text beside a date is a date", `due_date >= "2026-01-31"`, Boolean, `due_date >= date("2026-01-31")`},
		{"a moment is kept in UTC", `created_at < "2026-01-31T09:30:00+08:00"`, Boolean, `created_at < datetime("2026-01-31T01:30:00Z")`},
		{"a text beside a duration is one", `spent > "pt30m"`, Boolean, `spent > duration("PT30M")`},
		{"days between dates", `due_date - "2026-01-01"`, Integer, `due_date - date("2026-01-01")`},
		{"days after a date", `due_date + 3`, Date, ""},
		{"days before a date", `3 + due_date - 1`, Date, ""},
		{"time between moments", `closed_at - created_at`, Duration, ""},
		{"a moment after a duration", `created_at + "P1DT2H" - spent`, DateTime, `created_at + duration("P1DT2H") - spent`},
		{"a written moment less a moment", `"2026-01-01T00:00:00Z" - created_at`, Duration, `datetime("2026-01-01T00:00:00Z") - created_at`},
		{"durations add up", `-spent + planned - "PT1.5S"`, Duration, `-spent + planned - duration("PT1.5S")`},
		{"null calculates as what fits", `due_date - null`, Integer, ""},
		{"a date less null the other way", `null - created_at`, Duration, ""},
		{"null and null", `null * null`, Integer, ""},
		{"minus null", `-null`, Number, ""},
		{"a metric of a saved aggregate", `aggregate("by_day", "last", "2026-01-31", 1.5)`, Date, `aggregate("by_day", "last", date("2026-01-31"), 1.5)`},
		{"dates written alone", `date("2026-01-31")`, Date, ""},
		{"the day of a moment", `date(created_at)`, Date, ""},
		{"options of different fields compare", `status = last_status`, Boolean, ""},
		{"an if of texts is an option beside one", `status = if(done, "done", "open")`, Boolean, ""},
		{"the text of an option", `text(status) = "anything"`, Boolean, ""},
		{"records of a form compare", `assignee = customer.owner.manager or this != parent`, Boolean, ""},
		{"me is a member", `assignee = me()`, Boolean, ""},
		{"me in a list", `me() in (assignee, assignee.manager)`, Boolean, ""},
		{"booleans compare", `done = late`, Boolean, ""},
		{"if widens", `if(done, 1, late, 2.5, null)`, Number, ""},
		{"if unites options", `if(done, status, last_status)`, Option, ""},
		{"a text is an option if it is one", `if(done, "open", status)`, Option, ""},
		{"else both are texts", `if(done, "none", status)`, Text, `if(done, "none", text(status))`},
		{"an option first found and then not", `if(done, "open", late, "zzz", status)`, Text, `if(done, "open", late, "zzz", text(status))`},
		{"coalesce of an option and a text field", `coalesce(status, title, "x")`, Text, `coalesce(text(status), title, "x")`},
		{"if of dates", `if(done, due_date, "2026-02-28")`, Date, `if(done, due_date, date("2026-02-28"))`},
		{"if of records", `if(done, assignee, null, parent.assignee, customer.owner)`, Reference, ""},
		{"if of nothing", `if(done, null, null)`, Null, ""},
		{"coalesce of records", `coalesce(null, assignee, me())`, Reference, ""},
		{"least of dates", `least(due_date, "2026-01-01", null)`, Date, `least(due_date, date("2026-01-01"), null)`},
		{"has an option", `has(tags, "urgent") and tags is not empty`, Boolean, ""},
		{"round to whole", `round(estimate_hours)`, Integer, ""},
		{"round to digits", `round(estimate_hours, 02)`, Number, `round(estimate_hours, 2)`},
		{"abs keeps the type", `abs(rank)`, Integer, ""},
		{"months after a moment", `add_months(created_at, 1)`, DateTime, ""},
		{"days after a written date", `add_days("2026-01-01", rank)`, Date, `add_days(date("2026-01-01"), rank)`},
		{"year of a written moment", `year("2026-01-01T00:00:00Z")`, Integer, `year(datetime("2026-01-01T00:00:00Z"))`},
		{"hours of a duration", `hours(planned - spent) / hours("PT8H")`, Number, `hours(planned - spent) / hours(duration("PT8H"))`},
		{"everything is joined", `title & 1 & due_date & done & status & tags & null`, Text, `concat(title, 1, due_date, done, status, tags, null)`},
		{"joining is looser than adding", `"a" & rank + 1 = title`, Boolean, `concat("a", rank + 1) = title`},
		{"count", `count(subtasks)`, Integer, ""},
		{"count where", `count(subtasks where status = "open" and not done) > 0`, Boolean, ""},
		{"sum of a calculation", `sum(subtasks: estimate_hours * (1 - progress / 100) where status in ("open", "doing"))`, Number, ""},
		{"sum keeps the type", `sum(subtasks: rank)`, Integer, ""},
		{"avg does not", `avg(subtasks: rank)`, Number, ""},
		{"shorthand", `max(subtasks.due_date where not done)`, Date, `max(subtasks: due_date where not done)`},
		{"shorthand with a reference", `min(subtasks.assignee.name)`, Text, `min(subtasks: assignee.name)`},
		{"behind references", `count(customer.owner.assigned_tasks where parent = this)`, Integer, ""},
		{"a whole form", `first(forms.price_list: price where product = this.customer)`, Number, ""},
		{"a whole form in short", `first(forms.price_list.product.owner)`, Reference, `first(forms.price_list: product.owner)`},
		{"this within aggregates is the outermost", `sum(subtasks: count(subtasks where rank > this.rank))`, Integer, ""},
		{"an aggregate inside over this", `count(subtasks where count(this.subtasks) > 1)`, Integer, ""},
		{"first of an option", `first(subtasks: status) = "done"`, Boolean, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Check(tt.text, inTask)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.print
			if want == "" {
				want = tt.text
			}
			if got := Print(e.Root); e.Type != tt.typ || got != want || e.Text != tt.text {
				t.Errorf("got %v %s\nwant %v %s", e.Type, got, tt.typ, want)
			}
			again, err := Check(Print(e.Root), inTask)
			if err != nil || !reflect.DeepEqual(again.Root, e.Root) {
				t.Errorf("printed and read again: %#v, %v\nwant %#v", again, err, e.Root)
			}
		})
	}
}

func TestCheckRefusesAndSaysWhere(t *testing.T) {
	long := func(part, sep string, n int) string { return strings.TrimSuffix(strings.Repeat(part+sep, n), sep) }
	tests := []struct {
		name, text string
		pos        int
		bad        string
	}{
		{"nothing", "", 0, `the expression is empty`},
		{"blank", " \n ", 0, `the expression is empty`},
		{"too long", long("é", "", 4001), 0, `an expression has at most 4000 characters`},
		{"no UTF-8", "title = '\xff'", 9, `an expression is text in UTF-8`},
		{"NUL", "title\x00", 5, `an expression cannot hold the character NUL`},
		{"nests too deep", strings.Repeat("(", 51) + "1" + strings.Repeat(")", 51), 51, `an expression nests at most 50 deep`},
		{"as many minuses", strings.Repeat("-", 3000) + "1", 51, `an expression nests at most 50 deep`},
		{"as many nots", strings.Repeat("not ", 900) + "done", 204, `an expression nests at most 50 deep`},
		{"too many parts", long("1", "+", 300), 499, `an expression has at most 500 parts`},
		{"too many arguments", "concat(" + long("1", ",", 600) + ")", 1007, `an expression has at most 500 parts`},
		{"too long a path", `parent.parent.parent.parent.parent.parent.title`, 42, `a name walks at most 5 references`},

		{"unknown field that is nearly one", `1 + estmate`, 4, `form task has no field "estmate" (did you mean estimate_hours?)`},
		{"unknown field far from any", `zzzzzz`, 0, `form task has no field "zzzzzz"`},
		{"unknown field of a reference", `customer.nme`, 9, `form customer has no field "nme" (did you mean name?)`},
		{"unknown bare name inside an aggregate", `count(customer.tasks where revenue > 1 and title = region)`, 27, `form task has no field "revenue"`},
		{"hint for this", `count(forms.member where rank > 1)`, 25, `form member has no field "rank" (form task has: write this.rank)`},
		{"a value has no fields", `title.length`, 6, `title is a text and has no fields`},
		{"many is no value", `1 + subtasks`, 4, `subtasks holds several records: use count(subtasks) or another aggregate`},
		{"many in the middle", `parent.subtasks.title`, 7, `subtasks holds several records: use count(subtasks) or another aggregate`},
		{"many compared", `subtasks is empty`, 0, `subtasks holds several records: use count(subtasks) or another aggregate`},
		{"forms is no value", `forms.task`, 0, `forms can only be gone over, as in count(forms.task where ...)`},

		{"date with number", `due_date > 5.5`, 9, `cannot compare a date with a number`},
		{"date with whole number", `due_date > 5`, 9, `cannot compare a date with a whole number`},
		{"date with moment", `due_date = created_at`, 9, `cannot compare a date with a date and time; use date(...)`},
		{"number with text", `rank = "5"`, 5, `cannot compare a whole number with a text; use number(...) or text(...)`},
		{"option with text field", `status = title`, 7, `cannot compare an option with a text; use text(...)`},
		{"no such option", `status = "opne"`, 9, `"opne" is not one of the options (did you mean "open"?)`},
		{"no such option in a list", `status in ("open", "zz")`, 19, `"zz" is not one of the options (did you mean "open"?)`},
		{"no such option in an if", `status = if(done, "done", "dome")`, 9, `"dome" is not one of the options (did you mean "done"?)`},
		{"options have no order", `status < "open"`, 7, `an option has no order: use = or !=`},
		{"booleans have no order", `done < late`, 5, `true or false has no order: use = or !=`},
		{"records have no order", `assignee < me()`, 9, `a record has no order: use = or !=`},
		{"several options do not compare", `tags = tags`, 5, `cannot compare several options; use has(field, "option")`},
		{"several options with one", `tags = status`, 5, `cannot compare several options with an option; use has(field, "option")`},
		{"several options in", `tags in (tags)`, 5, `in does not take several options; use has(field, "option")`},
		{"records of two forms", `customer = assignee`, 9, `a record of customer and one of member are never the same`},
		{"record with text", `customer = "x"`, 9, `cannot compare a record with a text; name a field of the record`},
		{"in of two types", `rank in (1, due_date)`, 5, `cannot look for a whole number among values of which one is a date`},
		{"in of nothing", `rank in ()`, 5, `in needs at least one value in its parentheses`},
		{"no such day", `due_date = "2026-02-30"`, 11, `"2026-02-30" is not a date such as 2026-01-31`},
		{"year nought", `due_date = "0000-01-01"`, 11, `"0000-01-01" is not a date such as 2026-01-31`},
		{"year beyond in UTC", `created_at = "9999-12-31T23:00:00-05:00"`, 13, `"9999-12-31T23:00:00-05:00" is not a date and time such as 2026-01-31T09:00:00Z`},
		{"a moment without a zone", `created_at = "2026-01-31T09:00:00"`, 13, `"2026-01-31T09:00:00" is not a date and time such as 2026-01-31T09:00:00Z`},
		{"no duration", `spent > "PT"`, 8, `"PT" is not a duration such as P1DT2H or PT30M`},
		{"no duration either", `spent > "P"`, 8, `"P" is not a duration such as P1DT2H or PT30M`},
		{"texts are not added", `title + "a"`, 6, `+ does not work on a text and a text; texts are joined with &`},
		{"dates are not added", `due_date + due_date`, 9, `+ does not work on a date and a date`},
		{"dates are not multiplied", `due_date * null`, 9, `* does not work on a date and null`},
		{"a moment and a number", `created_at - 1`, 11, `- does not work on a date and time and a whole number`},
		{"minus a text", `-title`, 1, `minus wants a number or a duration, not a text`},
		{"not a number", `not rank`, 4, `not wants true or false, not a whole number`},
		{"and of a text", `done and title`, 9, `and wants true or false, not a text`},
		{"where of a number", `count(subtasks where rank)`, 21, `where wants true or false, not a whole number`},
		{"if of a text", `if(title, 1, 2)`, 3, `if wants true or false, not a text`},
		{"if of two types", `if(done, 1, due_date)`, 0, `the values of if must be of one type, not a whole number and a date`},
		{"if of texts and options and more", `if(done, status, late, title, 1)`, 0, `the values of if must be of one type, not a text and a whole number`},
		{"if without else", `if(done, 1)`, 0, `if takes conditions and values in turn and one value for else: if(condition, value, else)`},
		{"coalesce of one", `coalesce(1)`, 0, `coalesce takes at least 2 arguments, not 1`},
		{"coalesce of two types", `coalesce(1, title)`, 0, `coalesce wants values of one type, not a whole number and a text`},
		{"least of options", `least(status, last_status)`, 0, `least needs values that have an order, not an option`},
		{"least of an option and a text", `least(status, title)`, 0, `least wants values of one type, not an option and a text`},

		{"unknown function", `flor(1)`, 0, `there is no function "flor" (did you mean floor?)`},
		{"too many arguments of a function", `upper(title, 1)`, 0, `upper takes 1 argument, not 2`},
		{"argument of a wrong type", `upper(status)`, 6, `upper wants a text, not an option; text(...) makes a text of a value`},
		{"a number for a whole number", `left(title, 1.5)`, 12, `left wants a whole number, not a number`},
		{"a text for a date", `year(title)`, 5, `year wants a date or a date and time, not a text`},
		{"a bad date for a date", `year("2026-13-01")`, 5, `"2026-13-01" is not a date such as 2026-01-31`},
		{"days between a date and a moment", `days_between(due_date, now())`, 0, `days_between wants values of one type, not a date and a date and time`},
		{"round to a calculated number of digits", `round(1.5, rank)`, 11, `round wants its digits written out, from 0 to 12`},
		{"round to many digits", `round(1.5, 13)`, 11, `round wants its digits written out, from 0 to 12`},
		{"has of an option field", `has(status, "open")`, 4, `has wants several options, not an option`},
		{"has of a field", `has(tags, title)`, 10, `has wants an option written out, as in has(tags, "urgent")`},
		{"has of no option", `has(tags, "urgnt")`, 10, `"urgnt" is not one of the options (did you mean "urgent"?)`},
		{"a record is no text", `"a" & customer`, 6, `a record is no text: name a field of it`},
		{"duration of a field", `duration(title)`, 9, `duration wants a text written out, as in duration("P1DT2H")`},

		{"count of a value", `count(title)`, 6, `count goes over records, and title is a text`},
		{"count of a reference", `count(customer)`, 6, `count goes over records, and customer is a record`},
		{"count of this", `count(this)`, 6, `count goes over records, and this is one: name a field, such as this.tasks`},
		{"count with a value", `count(subtasks: rank)`, 0, `count takes no value: write count(tasks where ...)`},
		{"sum without a value", `sum(subtasks)`, 0, `sum needs a value: write sum(tasks: value)`},
		{"sum of texts", `sum(subtasks.title)`, 13, `sum needs numbers, not a text`},
		{"max of options", `max(subtasks: status)`, 14, `max needs values that have an order, not an option`},
		{"first of null", `first(subtasks: null)`, 16, `first needs a value, not null`},
		{"sum of a sum in short", `sum(subtasks.subtasks.rank)`, 13, `subtasks holds several records: use count(subtasks) or another aggregate`},
		{"two values", `sum(subtasks.rank: rank)`, 13, `sum has a value behind the colon already: end the name before .rank`},
		{"max of two values", `max(rank, 2)`, 8, `expected ) to close max, found ,; the greater of several values is greatest(a, b)`},
		{"sum of a calculation in short", `sum(subtasks.rank * 2)`, 18, `expected ) to close sum, found *; write sum(tasks: value where condition)`},
		{"sum of a number", `sum(1)`, 4, `sum goes over records: expected a name such as tasks, found 1`},
		{"a saved aggregate that is not written out", `aggregate(title, "hours")`, 0, `aggregate wants the keys of a saved aggregate and of a metric written out, as in aggregate("workload", "hours", assignee)`},
		{"no saved aggregate", `aggregate("nope", "hours")`, 10, `there is no saved aggregate "nope"`},
		{"a broken one", `aggregate("bad", "hours")`, 10, `the saved aggregate bad is broken: nothing is there`},
		{"no metric", `aggregate("all", "hour")`, 17, `the saved aggregate all has no metric "hour" (did you mean hours?)`},
		{"a metric of lengths of time", `aggregate("all", "took")`, 17, `the metric took of the saved aggregate all is a duration, which rules cannot look at`},
		{"too few keys", `aggregate("workload", "hours", assignee)`, 0, `the saved aggregate workload goes by assignee, status: give aggregate a value for each of its keys, not 1`},
		{"a key too many", `aggregate("all", "hours", 1)`, 0, `the saved aggregate all goes by no keys: give aggregate a value for each of its keys, not 1`},
		{"a key of lengths of time", `aggregate("by_time", "hours", spent)`, 30, `the key spent of the saved aggregate by_time is a duration, which rules cannot look at`},
		{"a key of another form", `aggregate("workload", "hours", customer, "open")`, 31, `the key assignee of the saved aggregate workload is a record of member, not of customer`},
		{"a key of another type", `aggregate("workload", "hours", assignee, title)`, 41, `the key status of the saved aggregate workload is an option, not a text; use text(...)`},
		{"a key that is no option", `aggregate("workload", "hours", assignee, "opn")`, 41, `"opn" is not one of the options (did you mean "open"?)`},
		{"a moment for a day", `aggregate("by_day", "hours", created_at, 1)`, 29, `the key due_date of the saved aggregate by_day is a date, not a date and time; use date(...)`},

		{"unknown form", `count(forms.nope)`, 12, `there is no form "nope"`},
		{"forms alone", `count(forms)`, 6, `expected the key of a form behind forms, as in forms.task`},

		{"an operand is missing", `rank +`, 6, `expected a value, found the end`},
		{"a keyword for an operand", `done and or late`, 9, "expected a value, found the word or (a field of this name is written `or`)"},
		{"a parenthesis is missing", `(rank`, 5, `expected ) to close the parenthesis, found the end`},
		{"a comma is missing", `left(title 1)`, 11, `expected ) or , in the list of left, found 1`},
		{"something behind", `rank rank`, 5, `unexpected rank after the end of the expression`},
		{"a text behind", `rank "x"`, 5, `unexpected the text "x" after the end of the expression`},
		{"a chain of comparisons", `1 < rank < 3`, 9, `comparisons do not chain: use and, or parentheses`},
		{"is null", `title is null`, 9, `expected empty after is, found null`},
		{"not nothing", `title not like`, 10, `expected in or between after not, found like`},
		{"a point at the end", `customer.`, 9, `expected a name after the point, found the end`},
		{"a text that is not closed", `title = "abc\`, 8, `a text is not closed`},
		{"a strange escape", `"\t"`, 0, `in a text a backslash goes before ", ', n or another backslash only`},
		{"a name that is not closed", "1 + `a", 4, `a name in backquotes is not closed or empty`},
		{"an exponent", `1e5`, 0, `a number is written without an exponent`},
		{"a number and a name", `2rank`, 0, `a number and a name need a space or an operator between them`},
		{"a point without digits", `1. + 2`, 0, `expected digits after the point of a number`},
		{"too many digits", strings.Repeat("9", 39), 0, `a number has at most 38 digits, 12 of them after the point`},
		{"too exact", `0.1234567890123`, 0, `a number has at most 38 digits, 12 of them after the point`},
		{"a full-width comma", `left(title，1)`, 10, `unexpected character '，'; write ,`},
		{"curly quotes", `title = “a”`, 8, `unexpected character '“'; write "`},
		{"another language", `done || late`, 5, `unexpected character '|'; write or`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Check(tt.text, inTask)
			e, ok := errors.AsType[*Error](err)
			if !ok || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			if e.Message != tt.bad || e.Pos != tt.pos {
				t.Errorf("got  %d %s\nwant %d %s", e.Pos, e.Message, tt.pos, tt.bad)
			}
		})
	}
}

func TestErrorsAreToldTogetherInOrder(t *testing.T) {
	_, err := Check("nope = 1 and\n  ünknown > 2 and\n  rank & 'é' = zzz", inTask)
	l, ok := errors.AsType[Errors](err)
	if !ok || len(l) != 3 {
		t.Fatalf("got %v", err)
	}
	want := Errors{
		{0, 1, 1, `form task has no field "nope"`},
		{15, 2, 3, `form task has no field "ünknown"`},
		{48, 3, 16, `form task has no field "zzz"`},
	}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("got %v %v %v", l[0], l[1], l[2])
	}
	if err.Error() != `form task has no field "nope" (and 2 more)` {
		t.Error(err)
	}
	if e, ok := errors.AsType[*Error](err); !ok || e != l[0] {
		t.Error("the first is not found by errors.As")
	}
	_, err = Check("concat("+strings.Repeat("nope,", 30)+"1)", inTask)
	if l, _ := errors.AsType[Errors](err); len(l) != MaxErrors {
		t.Errorf("%d errors", len(l))
	}
	_, err = Check("nope between nope2 and 3", inTask)
	if l, _ := errors.AsType[Errors](err); len(l) != 2 {
		t.Errorf("an error before between is told twice: %v", err)
	}
}

// A between inside a between doubles what is inside: the limit must count that.
func TestBetweenInBetweenIsBounded(t *testing.T) {
	text := "1"
	for range 24 {
		text = "if(" + text + " between 1 and 2, 1, 2)"
	}
	if _, err := Check(text, inTask); err == nil || err.Error() != "an expression has at most 500 parts" {
		t.Errorf("got %v", err)
	}
}

func TestScopes(t *testing.T) {
	picker := Scope{This: member, Outer: task}
	e, err := Check(`count(assigned_tasks where parent = this) = 0 and manager = this.assignee`, picker)
	if err != nil {
		t.Fatal(err)
	}
	parts := e.Root.(Logic).Parts
	a := parts[0].(Compare).L.(Aggregate)
	if a.From.Level != 0 || a.Where.(Compare).L.(Ref).Level != 0 || a.Where.(Compare).R.(Self).Level != 2 {
		t.Errorf("levels inside the aggregate: %+v", a)
	}
	if l, r := parts[1].(Compare).L.(Ref), parts[1].(Compare).R.(Ref); l.Level != 0 || r.Level != 1 {
		t.Errorf("levels %d and %d", l.Level, r.Level)
	}
	if got := keys(Fields(e.Root)); !slices.Equal(got, []string{"assigned_tasks", "manager"}) {
		t.Errorf("fields of the candidate: %v", got)
	}
	for text, bad := range map[string]string{
		`title = "x"`:       `form member has no field "title" (form task has: write this.title)`,
		`this.joined = x`:   `form task has no field "joined" (and 1 more)`,
		`me() = manager`:    `me() is not offered here`,
		`count(forms.x)`:    `forms is not offered here`,
		`this = manager`:    `a record of task and one of member are never the same`,
		`count(this.title)`: `count goes over records, and title is a text`,
	} {
		if _, err := Check(text, picker); err == nil || err.Error() != bad {
			t.Errorf("%s: got %v, want %s", text, err, bad)
		}
	}
	for _, text := range []string{`title`, `this`, `count(x)`, `this.x = 1`} {
		if _, err := Check(text, Scope{}); err == nil || err.Error() != "there is no record here to take fields from" {
			t.Errorf("%s without a record: %v", text, err)
		}
	}
	if e, err := Check(`today() + 7`, Scope{}); err != nil || e.Type != Date {
		t.Errorf("got %v, %v", e, err)
	}
	odd := newForm("odd", ref("lost", nil), many("losts", nil))
	for _, text := range []string{`lost.x`, `count(losts)`} {
		if _, err := Check(text, Scope{This: odd}); err == nil {
			t.Errorf("%s: a reference to nowhere is walked", text)
		}
	}
}

func keys(fs []Field) (out []string) {
	for _, f := range fs {
		out = append(out, f.Key())
	}
	return out
}

func mustCheck(t *testing.T, text string) *Expr {
	t.Helper()
	e, err := Check(text, inTask)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWantAndFit(t *testing.T) {
	tests := []struct {
		name, text string
		into       *field
		bad        string
	}{
		{"the same type", `rank`, of1(Integer, "x")[0], ""},
		{"whole into decimal", `rank`, of1(Number, "x")[0], ""},
		{"decimal into whole", `estimate_hours`, of1(Integer, "x")[0], "field x takes a whole number, not a number"},
		{"null into anything", `null`, ref("x", member), ""},
		{"a text that is a date", `if(done, "2026-01-31", null)`, of1(Date, "x")[0], ""},
		{"a text that is none", `"31.1.2026"`, of1(Date, "x")[0], `"31.1.2026" is not a date such as 2026-01-31`},
		{"a text field is no date", `title`, of1(Date, "x")[0], "field x takes a date, not a text"},
		{"a text that is an option", `if(done, "gold", "silver")`, choice("x", "gold", "silver"), ""},
		{"a text that is no option", `"glod"`, choice("x", "gold", "silver"), `"glod" is not one of the options (did you mean "gold"?)`},
		{"an option of a field with fewer", `status`, choice("x", "open"), `"doing" is not an option of x`},
		{"no options at all", `"a"`, choice("x"), `"a" is not an option: there are none`},
		{"a record", `me()`, ref("x", member), ""},
		{"a record of another form", `me()`, ref("x", task), "field x takes a record of task, not of member"},
		{"into many", `me()`, many("x", member), "x holds several records and takes no value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustCheck(t, tt.text)
			err := e.Fit(tt.into)
			if tt.bad == "" && (err != nil || !e.Type.fits(tt.into.typ) || e.Root.Type() != e.Type) {
				t.Errorf("got %v, type %v", err, e.Type)
			}
			if tt.bad != "" && (err == nil || err.Error() != tt.bad) {
				t.Errorf("got %v, want %s", err, tt.bad)
			}
		})
	}
	if err := mustCheck(t, `rank`).Want(Boolean, Number); err != nil {
		t.Error(err)
	}
	err := mustCheck(t, `due_date`).Want(Boolean, Number)
	if e, ok := errors.AsType[*Error](err); !ok || e.Message != "expected true or false or a number, found a date" || e.Line != 1 {
		t.Errorf("got %v", err)
	}
}

func TestExprTellsOptionsAndRecord(t *testing.T) {
	e := mustCheck(t, `if(done, status, late, "waiting", coalesce(last_status, "open"))`)
	if e.Type != Option || !slices.Equal(e.Options, []string{"open", "doing", "done", "waiting"}) {
		t.Errorf("got %v %v", e.Type, e.Options)
	}
	if e := mustCheck(t, `first(subtasks.tags)`); !slices.Equal(e.Options, []string{"urgent", "later"}) {
		t.Errorf("got %v", e.Options)
	}
	for text, want := range map[string]*form{
		`this`: task, `customer.owner`: member, `if(done, null, coalesce(null, parent))`: task,
		`first(subtasks: customer)`: customer, `me()`: member,
	} {
		if e := mustCheck(t, text); e.Record != Record(want) {
			t.Errorf("%s: record %v", text, e.Record)
		}
	}
}

func TestWalks(t *testing.T) {
	e := mustCheck(t, `count(customer.tasks where status = "open" and assignee.manager = this.assignee) + rank + sum(this.subtasks: rank) + rank`)
	if got := keys(Fields(e.Root)); !slices.Equal(got, []string{"customer", "assignee", "rank", "subtasks"}) {
		t.Errorf("Fields: %v", got)
	}
	var used []string
	Uses(e.Root, func(f Field) { used = append(used, f.Key()) })
	want := []string{"customer", "tasks", "status", "assignee", "manager", "assignee", "rank", "subtasks", "rank", "rank"}
	if !slices.Equal(used, want) {
		t.Errorf("Uses: %v", used)
	}
	if n := Size(e.Root); n != 15 {
		t.Errorf("Size: %d", n)
	}
	for text, want := range map[string][3]bool{ // aggregate, today, sum
		`today() > due_date`:                              {false, true, false},
		`if(done, 1, 2) in (1, rank)`:                     {false, false, false},
		`aggregate("by_day", "tasks", today(), rank) > 1`: {true, true, false},
		`-sum(subtasks.rank) = 1`:                         {true, false, true},
	} {
		n := mustCheck(t, text).Root
		if got := [3]bool{HasAggregate(n), UsesFunc(n, "today"), UsesFunc(n, "sum")}; got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if !UsesFunc(mustCheck(t, `not if(done, late, done)`).Root, "if") {
		t.Error("if is not found")
	}
}

// Every function is called once with arguments that fit.
func TestEveryFunctionHasAnExample(t *testing.T) {
	examples := map[string]Type{
		`abs(-1.5)`: Number, `ceil(1.5)`: Integer, `floor(1.5)`: Integer, `round(1.5, 0)`: Number, `least(1, 2.5)`: Number,
		`greatest("a", title)`: Text, `upper(title)`: Text, `lower("A")`: Text, `trim(title)`: Text, `length(title)`: Integer,
		`left(title, 1)`: Text, `right(title, 1)`: Text, `mid(title, 1, 2)`: Text, `replace(title, "a", "b")`: Text,
		`contains(title, "a")`: Boolean, `starts_with(title, "a")`: Boolean, `ends_with(title, "a")`: Boolean,
		`concat(1, "a")`: Text, `text(1)`: Text, `number(title)`: Number, `today()`: Date, `now()`: DateTime, `date(now())`: Date,
		`datetime("2026-01-31T00:00:00.1234567Z")`: DateTime, `duration("P1D")`: Duration, `year(today())`: Integer,
		`month(now())`: Integer, `day(today())`: Integer, `quarter(today())`: Integer, `weekday(today())`: Integer,
		`add_days(now(), 1)`: DateTime, `add_months(today(), 1)`: Date, `days_between(today(), due_date)`: Integer,
		`hours_between(created_at, now())`: Number, `hours(spent)`: Number, `start_of_month(today())`: Date,
		`end_of_month(today())`: Date, `if(done, 1, 2)`: Integer, `coalesce(title, "a")`: Text, `has(tags, "later")`: Boolean,
		`me()`: Reference, `count(subtasks)`: Integer, `sum(subtasks.rank)`: Integer, `avg(subtasks.rank)`: Number,
		`min(subtasks.title)`: Text, `max(subtasks.spent)`: Duration, `first(subtasks.tags)`: Options,
		`aggregate("workload", "hours", assignee, status)`: Number,
	}
	var seen []string
	for text, typ := range examples {
		name, _, _ := strings.Cut(text, "(")
		seen = append(seen, name)
		if e, err := Check(text, inTask); err != nil || e.Type != typ {
			t.Errorf("%s: got %+v, %v; want %v", text, e, err, typ)
		}
	}
	slices.Sort(seen)
	if !slices.Equal(seen, Functions()) {
		t.Errorf("examples of %v\nfunctions   %v", seen, Functions())
	}
}

func TestTypeNames(t *testing.T) {
	if Type(-1).String() != "unknown" || Type(99).phrase() != "a value of unknown type" || DateTime.String() != "datetime" {
		t.Error("names of types")
	}
}
