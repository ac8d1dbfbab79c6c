package plan

import (
	"encoding/json"
	"strconv"
)

// file is what a row says of one file of a field.
type file struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// FileID is the id of a file in the API.
func FileID(n int64) string { return "file_" + strconv.FormatInt(n, 10) }

func files(v []byte) []file {
	var out []file
	if v != nil {
		_ = json.Unmarshal(v, &out) // PostgreSQL made it
	}
	return out
}

// appendFiles appends a list of files with what was asked of each.
func (s *step) appendFiles(b, v []byte) []byte {
	b = append(b, '[')
	for i, f := range files(v) {
		if i > 0 {
			b = append(b, ',')
		}
		for j, item := range s.files {
			b = append(b, before(item.Name, j == 0)...)
			switch item.Part {
			case "id":
				b = appendString(b, []byte(FileID(f.ID)))
			case "name":
				b = appendString(b, []byte(f.Name))
			case "type":
				b = appendString(b, []byte(f.Type))
			case "size":
				b = strconv.AppendInt(b, f.Size, 10)
			case "url":
				b = appendString(b, []byte(s.url(f.ID)))
			default:
				b = append(b, item.Constant...)
			}
		}
		if len(s.files) == 0 {
			b = append(b, '{')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendFileIDs appends the ids of a field's files, as the generic face shows them.
func appendFileIDs(b, v []byte) []byte {
	b = append(b, '[')
	for i, f := range files(v) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, []byte(FileID(f.ID)))
	}
	return append(b, ']')
}
