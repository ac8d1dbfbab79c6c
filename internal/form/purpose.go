package form

import (
	"strings"
)

// purposeKinds are, by kind, the purposes that only fields of that kind can have:
// those whose values the product reads. Purposes that are not here are open.
var purposeKinds = map[string]string{
	"AUTO_NUMBER": "CUSTOMER_CODE",
	"BOOLEAN":     "CONTACT_PRIMARY",
	"CHOICE": `CALENDAR_KIND CONTACT_PART COVERAGE_RESPONSIBILITY COVERAGE_TIER CUSTOMER_INDUSTRY CUSTOMER_REGION CUSTOMER_STATUS CUSTOMER_TIER
		FEEDBACK_CHANNEL FEEDBACK_KIND FEEDBACK_SEVERITY FEEDBACK_STATUS REVIEW_STATUS RHYTHM_TIER ROLE_LEVEL ROLE_RESPONSIBILITY TASK_KIND TASK_STATUS
		TEAM_SEAT_LEVEL TEAM_SEAT_RESPONSIBILITY`,
	"DATE":     "ABSENCE_FROM ABSENCE_TO CALENDAR_DAY CONTRACT_END CONTRACT_START IMPROVEMENT_DUE REVIEW_HELD REVIEW_PLANNED ROLE_END ROLE_START TASK_DUE",
	"DATETIME": "FEEDBACK_CLOSED_AT FEEDBACK_FIRST_RESPONSE FEEDBACK_TIME TASK_DONE_AT",
	"DECIMAL":  "TASK_ESTIMATE",
	"EMAIL":    "CONTACT_EMAIL",
	"INTEGER":  "FEEDBACK_RECOMMEND RHYTHM_CONTACT_DAYS RHYTHM_REVIEW_DAYS RHYTHM_VISIT_DAYS",
	"MEMBER": `ABSENCE_DEPUTY ABSENCE_MEMBER CONTACT_OWNER CUSTOMER_OWNER FEEDBACK_MEMBER IMPROVEMENT_OWNER PROFILE_MEMBER REVIEW_HOST ROLE_DEPUTY ROLE_MEMBER
		TASK_ASSIGNEE TEAM_SEAT_MEMBER`,
	"MEMBERS":      "TASK_PARTICIPANTS",
	"MONEY":        "CUSTOMER_REVENUE CUSTOMER_SPEND",
	"MULTI_CHOICE": "PROFILE_REGIONS PROFILE_SKILLS",
	"PHONE":        "CONTACT_PHONE",
	"PROGRESS":     "TASK_PROGRESS",
	"RATING":       "FEEDBACK_RATING REVIEW_SCORE",
	"REFERENCE": `CONTACT_CUSTOMER FEEDBACK_CONTACT FEEDBACK_CUSTOMER IMPROVEMENT_REVIEW IMPROVEMENT_TASK REVIEW_CUSTOMER ROLE_CUSTOMER TASK_CUSTOMER
		TASK_ROLE TEAM_SEAT_TEMPLATE`,
	"REFERENCES": "TASK_DEPENDS_ON",
	"TEXT": `CONTACT_JOB_TITLE CONTACT_NAME CUSTOMER_NAME CUSTOMER_TAX_NUMBER IMPROVEMENT_CONTENT REVIEW_PERIOD ROLE_SCOPE TASK_TITLE TEAM_SEAT_SCOPE
		TEAM_TEMPLATE_NAME`,
}

var kindOfPurpose = func() map[string]string {
	out := map[string]string{}
	for kind, purposes := range purposeKinds {
		for _, p := range strings.Fields(purposes) {
			out[p] = kind
		}
	}
	return out
}()

// KindOfPurpose is the kind that fields of a purpose must have, "" for any.
func KindOfPurpose(purpose string) string { return kindOfPurpose[purpose] }

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
