package kind

import "strings"

// Attachment is a list of files, kept in a link table. What the files may be
// (Settings.MaxSize, Types) is checked where they are uploaded and attached.
type Attachment struct{}

func (Attachment) Name() string       { return "ATTACHMENT" }
func (Attachment) Column() string     { return "" }
func (Attachment) GraphQL() string    { return "" }
func (Attachment) Filter() string     { return "PresenceFilter" }
func (Attachment) Form() Form         { return AsFiles }
func (Attachment) Operators() []Op    { return presence }
func (Attachment) Settings() []string { return []string{"maxItems", "maxSize", "types"} }

// Parse takes a list of ids of files such as "file_12", or one of them, and
// gives the text of a bigint[].
func (Attachment) Parse(raw any, s *Settings) (any, error) {
	return ids(raw, s, FileForm, MaxFiles)
}

// CheckFile refuses a file that the field's settings do not take: a type is one
// of Types or in one of their groups (image/*), and a size is at most MaxSize.
func (Attachment) CheckFile(typ string, size int64, s *Settings) error {
	if s.MaxSize != nil && size > int64(*s.MaxSize) {
		return invalid("a file must have at most %d bytes, this one has %d", *s.MaxSize, size)
	}
	for _, t := range s.Types {
		if group, all := strings.CutSuffix(t, "*"); t == typ || all && strings.HasPrefix(typ, group) {
			return nil
		}
	}
	if len(s.Types) == 0 {
		return nil
	}
	return invalid("a file must be of type %s, this one is of type %s", strings.Join(s.Types, ", "), typ)
}

// IsFiles tells whether values of k are files.
func IsFiles(k Kind) bool { _, ok := k.(Attachment); return ok }
