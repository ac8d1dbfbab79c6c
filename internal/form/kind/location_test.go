package kind_test

import (
	"encoding/json"
	"testing"

	"fieldwork/internal/form/kind"
)

func TestLocation(t *testing.T) {
	checkParse(t, kind.Location{}, []parseCase{
		{name: "absent", raw: nil, want: nil},
		{name: "nothing in it", raw: obj{"latitude": nil, "longitude": "", "label": " "}, want: nil},
		{name: "a point", raw: obj{"longitude": json.Number("121.4737"), "latitude": json.Number("31.2304")}, want: `{"latitude":31.2304,"longitude":121.4737}`},
		{name: "zeros say nothing", raw: obj{"latitude": "31.200000000000", "longitude": "100"}, want: `{"latitude":31.2,"longitude":100}`},
		{name: "a label", raw: obj{"latitude": 0, "longitude": 0, "label": "零"}, want: `{"latitude":0,"longitude":0,"label":"零"}`},
		{name: "exact", raw: obj{"latitude": "-0.10000001", "longitude": "-180"}, want: `{"latitude":-0.10000001,"longitude":-180}`},
		{name: "nine digits", raw: obj{"latitude": "0.000000001", "longitude": 0}, bad: "latitude: must have at most 8 digits after the point"},
		{name: "beyond the pole", raw: obj{"latitude": "90.00000001", "longitude": 0}, bad: "latitude: must lie between -90 and 90"},
		{name: "beyond the date line", raw: obj{"latitude": 0, "longitude": "-180.1"}, bad: "longitude: must lie between -180 and 180"},
		{name: "half a point", raw: obj{"latitude": 1}, bad: "must have both latitude and longitude"},
		{name: "a label without a point", raw: obj{"label": "x"}, bad: "must have both latitude and longitude"},
		{name: "not a number", raw: obj{"latitude": "31°", "longitude": 0}, bad: `latitude: "31°" is not a number`},
		{name: "unknown key", raw: obj{"latitude": 1, "longitude": 1, "altitude": 1}, bad: "must have no other keys than latitude, longitude, label"},
		{name: "a list", raw: []any{1, 2}, bad: "expected an object of latitude, longitude, label, got a list"},
	})
}
