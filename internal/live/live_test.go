package live

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lib/pq"
)

// The listener of lib/pq tells of a new connection twice: by an event, and by
// nil among the notifications, which may be read when that connection is lost.
func TestWhatListenersAreTold(t *testing.T) {
	const listen, up, down, fresh, note = "listen", "up", "down", "nil", "note"
	tests := []struct {
		name string
		says []string
		last string
	}{
		{"connected, then told to listen", []string{up, fresh, listen}, "true"},
		{"told to listen before it says connected", []string{listen, up, fresh}, "true"},
		{"connected, not yet listening", []string{up, fresh}, "false"},
		{"lost", []string{up, listen, down}, "false"},
		{"lost and back", []string{up, listen, down, up, fresh}, "true"},
		{"back, but what was sent before is unread", []string{up, listen, down, up}, "false"},
		{"lost again before its return was read", []string{up, listen, down, up, down, fresh}, "false"},
		{"a notification is passed on", []string{up, listen, note}, "c 7 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var told []string
			b := &bridge{h: Handlers{
				Heard:     func(channel, payload string) { told = append(told, channel+" "+payload) },
				Connected: func(on bool) { told = append(told, fmt.Sprint(on)) },
			}}
			for _, s := range tt.says {
				switch s {
				case listen:
					b.begin()
				case up, down:
					b.set(s == up)
				case fresh:
					b.tell()
				case note:
					b.heard(&pq.Notification{Channel: "c", Extra: "7 1"})
				}
			}
			if len(told) == 0 || told[len(told)-1] != tt.last {
				t.Errorf("told %q, want %s last", told, tt.last)
			}
			if i := slices.Index(tt.says, down); i >= 0 && !slices.Contains(told, "false") {
				t.Errorf("never told of the loss: %q", told)
			}
		})
	}
}
