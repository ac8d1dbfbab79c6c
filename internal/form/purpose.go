package form

// Customers is the form whose records are the customers of the organisation, nil
// if it has none.
func (c *Catalog) Customers() *Form {
	if x := c.Purpose("CUSTOMER_NAME"); x != nil {
		return x.Form
	}
	return nil
}

// ToCustomer is the reference of that purpose by which records of another form
// belong to customers, nil if there is none.
func (c *Catalog) ToCustomer(purpose string) *Field {
	x := c.Purpose(purpose)
	if x == nil || !x.IsReference() || !x.Stored() || x.Target != c.Customers() {
		return nil
	}
	return x
}

// StoredAs is the usable field of that purpose whose values are a column of the
// type that the product counts on, nil if there is none: a field may have been made
// with a purpose that its kind does not fit.
func (f *Form) StoredAs(purpose, column string) *Field {
	for _, x := range f.Fields {
		if x.Purpose == purpose && x.Usable() && x.Stored() && x.SQLType() == column {
			return x
		}
	}
	return nil
}

// Has says whether a choice has an option of that key, archived or not.
func (f *Field) Has(option string) bool {
	for _, o := range f.Options {
		if o.Key == option {
			return true
		}
	}
	return false
}
