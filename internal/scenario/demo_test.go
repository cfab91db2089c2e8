package scenario

import "testing"

func TestDemo(t *testing.T) {
	s, err := Demo(defaultCatalog)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.World.Apps) != 3 {
		t.Errorf("%d apps", len(s.World.Apps))
	}
}
