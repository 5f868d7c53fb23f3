package words

import "testing"

func TestTheCatalogueIsWhole(t *testing.T) {
	if _, err := NewCatalogue(); err != nil {
		t.Fatal(err)
	}
}
