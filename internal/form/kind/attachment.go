package kind

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

// IsFiles tells whether values of k are files.
func IsFiles(k Kind) bool { _, ok := k.(Attachment); return ok }
