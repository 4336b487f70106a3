package integration

import "testing"

func TestAtLeast(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   string
		got    string
		ok     bool
	}{
		"Same":         {"The version asked for.", "15.15", "15.15", true},
		"LaterMinor":   {"RDS upgrades minor versions by itself.", "15.9", "15.15", true},
		"EarlierMinor": {"RDS never goes back.", "15.15", "15.9", false},
		"LaterMajor":   {"Nobody asked for another major version.", "15.15", "16.1", false},
		"MajorOnly":    {"Any minor version was asked for.", "15", "15.15", true},
		"Patch":        {"ElastiCache adds the patch.", "7.0", "7.0.7", true},
		"NextMinor":    {"ElastiCache upgrades minor versions by itself, too.", "7.0", "7.1.0", true},
		"TooShort":     {"A major version alone does not say enough.", "7.0", "7", false},
		"None":         {"AWS always shows a version.", "7.0", "", false},
		"NoVersion":    {"What is no version is none.", "7.0", "7.x", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := atLeast(tc.got, tc.want); got != tc.ok {
				t.Errorf("%s\natLeast(%s, %s): want %v, got %v", tc.reason, tc.got, tc.want, tc.ok, got)
			}
		})
	}
}
