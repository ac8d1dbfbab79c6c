package form

import (
	"fieldwork/internal/org"
	"fieldwork/internal/pg"
)

// historyTable holds what became of an organisation's records: one row for each
// record that a transaction changed. Triggers write it (docs/adr/0010), so that
// nothing that is done to a record goes by unseen: not a cascade, not a
// reference that is cleared, not a statement of many rows. Only the owner of the
// tables may write it; an organisation's role may read.
//
//	seq     the order of the changes of one record
//	tx      the transaction; it is the order in which changes are read by others
//	was     values before the change, by column and by field of links: of a record
//	        that was deleted all, of one that was made none
//	became  values after it, for an update
//	merged  into which record of the form one went that was merged, and which ones
//	        came into it: package record says so when it merges
//
// What a record was made with is not kept a second time: it is the record, with
// what was changed later laid over it.
const HistoryTableName = "history__"

// HistoryTable is the table of changes of records, qualified and quoted.
func (c *Catalog) HistoryTable() string { return pg.Quote(c.Schema) + "." + pg.Quote(HistoryTableName) }

// WriterFunction is the function that says who writes, until the transaction
// ends: it takes the member's number, which it returns, and a Via.
func (c *Catalog) WriterFunction() string { return pg.Quote(c.Schema) + "." + pg.Quote("by__") }

// WasFunction is the function that makes a record of a table, whose empty row it
// takes, of values that the history kept.
func (c *Catalog) WasFunction() string { return pg.Quote(c.Schema) + "." + pg.Quote("was__") }

// Via says through what a record was changed.
type Via string

// The ways.
const (
	ViaRequest    Via = "REQUEST" // a session
	ViaToken      Via = "TOKEN"   // an API token
	ViaImport     Via = "IMPORT"
	ViaAutomation Via = "AUTOMATION"
	ViaLink       Via = "LINK" // a public link
	ViaTemplate   Via = "TEMPLATE"
	ViaHandover   Via = "HANDOVER" // of a member's work to others, or its undoing
)

// Kept is for how long a deleted record can be brought back.
const Kept = "30 days"

// ViaOf is the way of what an actor does by a request.
func ViaOf(by org.Actor) Via {
	if by.ByToken {
		return ViaToken
	}
	return ViaRequest
}
