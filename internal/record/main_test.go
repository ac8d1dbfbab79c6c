package record_test

import (
	"testing"

	"fieldwork/internal/pg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
