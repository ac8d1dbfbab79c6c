package template

// Says is what the template says, for tests.
func (t Template) Says() (any, error) { return t.says() }
