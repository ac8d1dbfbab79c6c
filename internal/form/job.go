package form

import (
	"encoding/json"
	"time"

	"fieldwork/internal/form/kind"
)

// maxExamples is how many records a report names.
const MaxExamples = 20

// Failure is a record that stands in the way of a change.
type Failure struct {
	Record string `json:"record"` // its id
	Value  string `json:"value"`  // as text, "" for none
	Reason string `json:"reason"`
}

// Failures count what stands in the way of a change and name the first of it.
type Failures struct {
	Count    int64     `json:"count"`
	Examples []Failure `json:"examples"`
}

// Add counts a record, and names it while there are few.
func (r *Failures) Add(f *Form, id int64, value, reason string) {
	if r.Count++; len(r.Examples) < MaxExamples {
		r.Examples = append(r.Examples, Failure{kind.ID(f.Key, id), value, reason})
	}
}

// What jobs do.
const (
	JobIndex   = "index"        // build indexes of a field; input: change.IndexInput
	JobConvert = "convertField" // input: conversion.Input
	JobRebuild = "rebuild"      // make a form's table anew; input: how far it is
	JobSearch  = "search"       // build the indexes over a form's texts
)

// JobState says how far a job is.
type JobState string

// The states of jobs.
const (
	JobWaiting   JobState = "WAITING"
	JobRunning   JobState = "RUNNING"
	JobDone      JobState = "DONE"
	JobFailed    JobState = "FAILED"
	JobCancelled JobState = "CANCELLED"
)

// Job is a change of definitions that takes long and goes on by itself. The
// definitions show it when it is done.
type Job struct {
	ID        int64
	OrgID     int64 `db:"org_id"`
	Form      string
	Field     string
	Action    string
	Input     []byte
	State     JobState
	Done      int64 // records seen so far
	Total     int64
	Cursor    int64
	Report    []byte
	Error     string
	MemberID  *int64     `db:"member_id"`
	CreatedAt time.Time  `db:"created_at"`
	EndedAt   *time.Time `db:"ended_at"` // set when nothing of it is left to be taken away either
}

// Progress is how much of the job is done, in per cent.
func (j *Job) Progress() int {
	switch {
	case j.State == JobDone:
		return 100
	case j.Total == 0:
		return 0
	}
	return int(min(j.Done*100/j.Total, 99))
}

// Failures are the records that stood in the way of a job that failed.
func (j *Job) Failures() (r Failures) {
	_ = json.Unmarshal(j.Report, &r) // an empty report holds none
	return r
}
