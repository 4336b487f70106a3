package network

import "testing"

func TestDefaultZones(t *testing.T) {
	for region, letters := range defaultZones {
		if len(letters) != zonesPerPlatform {
			t.Errorf("%s: want %d zones, got %q", region, zonesPerPlatform, letters)
		}
	}
}
