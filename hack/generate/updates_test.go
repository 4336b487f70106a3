package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBetween(t *testing.T) {
	type want struct {
		doc string
		err bool
	}

	cases := map[string]struct {
		reason string
		doc    string
		want   want
	}{
		"Replaced": {
			reason: "What is around the marks stays, and what is between them goes.",
			doc:    "before\n" + beginTable + "old\n" + endTable + "after\n",
			want:   want{doc: "before\n" + beginTable + "new\n" + endTable + "after\n"},
		},
		"NoEnd": {
			reason: "Without an end all that follows would go.",
			doc:    "before\n" + beginTable + "old\nafter\n",
			want:   want{err: true},
		},
		"NoBegin": {
			reason: "Without a beginning nobody knows where the table belongs.",
			doc:    "before\nold\n" + endTable,
			want:   want{err: true},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			doc, err := between([]byte(tc.doc), []byte("new\n"))

			if diff := cmp.Diff(tc.want, want{doc: string(doc), err: err != nil}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nbetween(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
