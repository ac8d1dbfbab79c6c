// Package org knows who may come in: organisations, their members' accounts,
// passwords, sessions and API tokens.
//
// Every credential leads to one Actor, and the organisation comes from the
// credential alone. Only hashes are kept: argon2id of passwords, SHA-256 of
// tokens (which are 256 random bits, so a fast hash is enough). What an
// authentication found is remembered for a while and forgotten when the account
// changes, here or, by NOTIFY, in another server.
//
// A member's own record (name, team, ...) is a record like any other; this
// package holds only what is needed to let the member in.
package org

// Access is what a member may do in the organisation.
type Access string

// The kinds of access, each holding what the next one holds.
const (
	Owner   Access = "OWNER"   // everything, also making owners
	Manager Access = "MANAGER" // shape forms, manage members and tokens
	Worker  Access = "MEMBER"  // read and write records
	Viewer  Access = "VIEWER"  // read records
)

// Actor is on whose behalf something is done. It is an argument of every store
// method; the zero Actor may do nothing.
type Actor struct {
	OrgID    int64
	OrgKey   string
	MemberID int64 // 0: the program itself
	TokenID  int64 // 0: none was used
	ByToken  bool  // through an API token, not a session
	Access   Access
}

// Program is the actor of what the program does by itself in an organisation.
func Program(orgID int64, orgKey string) Actor {
	return Actor{OrgID: orgID, OrgKey: orgKey, Access: Owner}
}

// Member is the member's number for a column that may be empty.
func (a Actor) Member() any {
	if a.MemberID == 0 {
		return nil
	}
	return a.MemberID
}

// MayShape says whether the actor may change definitions.
func (a Actor) MayShape() bool { return a.Access == Owner || a.Access == Manager }

// MayManage says whether the actor may change members and their tokens.
func (a Actor) MayManage() bool { return a.MayShape() }

// MayWrite says whether the actor may change records.
func (a Actor) MayWrite() bool { return a.MayShape() || a.Access == Worker }
