package preview

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns what a test wants to know of some documents.
func read(docs []document) []string {
	var out []string
	for i := range docs {
		out = append(out, docs[i].describe())
	}

	return out
}

func TestReadPlatform(t *testing.T) {
	type want struct {
		name  string
		kind  string
		claim bool
		err   errorContains
	}

	cases := map[string]struct {
		reason string
		data   string
		want   want
	}{
		"XR": {
			reason: "A namespaced XR.",
			data:   thing,
			want:   want{name: "orders", kind: "m.example.org/v1 XThing"},
		},
		"Claim": {
			reason: "A claim is told from the XR that it shares a group with.",
			data:   thingClaim,
			want:   want{name: "orders", kind: "example.org/v1 XThing", claim: true},
		},
		"ClaimsXR": {
			reason: "A claim's XR is cluster scoped, so it has no namespace.",
			data:   "apiVersion: example.org/v1\nkind: XThing\nmetadata: {name: orders-x7k2p}\n",
			want:   want{name: "orders-x7k2p", kind: "example.org/v1 XThing"},
		},
		"Comments": {
			reason: "Comments, separators and empty documents are of no account.",
			data:   "# First.\n---\n# Second.\n---\n" + thing + "---\n",
			want:   want{name: "orders", kind: "m.example.org/v1 XThing"},
		},
		"OtherKindsBeside": {
			reason: "A developer may keep the platform with the objects around it.",
			data:   "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a}\n---\n" + thing,
			want:   want{name: "orders", kind: "m.example.org/v1 XThing"},
		},
		"OtherKind": {
			reason: "The error says what the file holds and what it may hold.",
			data:   "apiVersion: example.org/v2\nkind: XThing\nmetadata: {name: orders}\n",
			want: want{err: errorContains{
				"xr.yaml holds no platform but example.org/v2 XThing orders",
				"example.org/v1 Thing (claim), example.org/v1 XThing, m.example.org/v1 XThing",
			}},
		},
		"Empty": {
			reason: "An empty file has its own words.",
			data:   "# Nothing yet.\n",
			want:   want{err: errorContains{"holds no platform but nothing"}},
		},
		"Two": {
			reason: "The CLI would render the first and ignore the second.",
			data:   thing + "---\n" + thing,
			want:   want{err: errorContains{"holds 2 platforms", "put each in a file of its own"}},
		},
		"NoName": {
			reason: "Names in AWS are made of it.",
			data:   "apiVersion: m.example.org/v1\nkind: XThing\nmetadata: {namespace: team-a}\n",
			want:   want{err: errorContains{"metadata.name is missing"}},
		},
		"NoNamespace": {
			reason: "kubectl would fill it in, and names in AWS are made of it.",
			data:   "apiVersion: m.example.org/v1\nkind: XThing\nmetadata: {name: orders}\n",
			want:   want{err: errorContains{"metadata.namespace is missing", "XThing orders"}},
		},
		"ClaimWithoutNamespace": {
			reason: "The resources of a claim are in its namespace.",
			data:   "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: orders}\n",
			want:   want{err: errorContains{"metadata.namespace is missing"}},
		},
		"NotYAML": {
			reason: "The file is named.",
			data:   "spec: }",
			want:   want{err: errorContains{"xr.yaml: not a YAML object"}},
		},
		"NotAnObject": {
			reason: "YAML that is no object is an error too.",
			data:   "- one\n",
			want:   want{err: errorContains{"xr.yaml: not a YAML object"}},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := loadCatalog(filepath.Join(write(t, apis), "apis"))
			if err != nil {
				t.Fatal(err)
			}

			p, err := readPlatform(filepath.Join(write(t, map[string]string{"xr.yaml": tc.data}), "xr.yaml"), c)
			tc.want.err.check(t, err)

			got := want{err: tc.want.err}
			if p != nil {
				got = want{name: p.name, kind: p.api.apiVersion + " " + p.api.kind, claim: p.claim}
			}

			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nreadPlatform(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReadObserved(t *testing.T) {
	const (
		vpc      = "apiVersion: ec2/v1\nkind: VPC\nmetadata: {name: a, annotations: {crossplane.io/composition-resource-name: vpc}}\n"
		composed = "apiVersion: v1\nkind: Secret\nmetadata: {name: b, annotations: {crossplane.io/composition-resource-name: connection}}\n"
		secret   = "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\n"
	)

	type want struct {
		composed []string
		secrets  []string
	}

	cases := map[string]struct {
		reason string
		files  map[string]string
		path   string
		want   want
		err    errorContains
	}{
		"None": {
			reason: "Without a path nothing is observed.",
		},
		"EmptyDirectory": {
			reason: "The first step of an example has a directory in which nothing exists.",
			files:  map[string]string{"1-nothing/.gitkeep": "", "1-nothing/README.md": "Nothing."},
			path:   "1-nothing",
		},
		"File": {
			reason: "One file.",
			files:  map[string]string{"a.yaml": vpc},
			path:   "a.yaml",
			want:   want{composed: []string{"ec2/v1 VPC a"}},
		},
		"Directory": {
			reason: "The files of a directory in order, but not of directories in it.",
			files:  map[string]string{"o/2.yml": vpc, "o/1.yaml": composed + "---\n" + secret, "o/3/other.yaml": vpc},
			path:   "o",
			want:   want{composed: []string{"v1 Secret b", "ec2/v1 VPC a"}, secrets: []string{"v1 Secret c"}},
		},
		"List": {
			reason: "kubectl get -o yaml writes a List.",
			files: map[string]string{"a.yaml": `apiVersion: v1
kind: List
items:
- {apiVersion: ec2/v1, kind: VPC, metadata: {name: a, annotations: {crossplane.io/composition-resource-name: vpc}}}
- {apiVersion: v1, kind: Secret, metadata: {name: c}}
`},
			path: "a.yaml",
			want: want{composed: []string{"ec2/v1 VPC a"}, secrets: []string{"v1 Secret c"}},
		},
		"BadList": {
			reason: "The file is named.",
			files:  map[string]string{"a.yaml": "kind: List\nitems: [1]\n"},
			path:   "a.yaml",
			err:    errorContains{"a.yaml: "},
		},
		"Unnamed": {
			reason: "Crossplane would ignore it, and the preview would be wrong without a word.",
			files:  map[string]string{"a.yaml": "apiVersion: ec2/v1\nkind: VPC\nmetadata: {name: a}\n"},
			path:   "a.yaml",
			err:    errorContains{"a.yaml: ec2/v1 VPC a", "crossplane.io/composition-resource-name"},
		},
		"NotYAML": {
			reason: "The file is named.",
			files:  map[string]string{"o/a.yaml": "}"},
			path:   "o",
			err:    errorContains{"o/a.yaml: not a YAML object"},
		},
		"Missing": {
			reason: "A path that does not exist is not an empty directory.",
			path:   "nowhere",
			err:    errorContains{"nowhere"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := tc.path
			if path != "" {
				path = filepath.Join(write(t, tc.files), path)
			}

			o, err := readObserved(path)
			tc.err.check(t, err)

			got := want{composed: read(o.composed), secrets: read(o.secrets)}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\nreadObserved(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestWithPolicy(t *testing.T) {
	cases := map[string]struct {
		reason string
		policy string
		want   string
		err    errorContains
	}{
		"Replaced": {
			reason: "The function's step gets the policy, and no other step does.",
			policy: "# Ours.\nkind: Policy\nnamePrefix: new\n",
			want: `kind: Composition
spec:
  compositeTypeRef:
    apiVersion: m.example.org/v1
    kind: XThing
  pipeline:
  - functionRef:
      name: other
    step: other
  - functionRef:
      name: crossplane-contrib-function-data-platform
    input:
      kind: Policy
      namePrefix: new
    step: compose-platform
`,
		},
		"Two": {
			reason: "A step has one input.",
			policy: "kind: Policy\n---\nkind: Policy\n",
			err:    errorContains{"policy.yaml holds 2 objects"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := withPolicy([]byte(composition), filepath.Join(write(t, map[string]string{"policy.yaml": tc.policy}), "policy.yaml"))
			tc.err.check(t, err)

			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("%s\nwithPolicy(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestWithoutClaimFields(t *testing.T) {
	cases := map[string]struct {
		reason string
		claim  string
		want   string
		err    bool
	}{
		"ClaimFields": {
			reason: "What Crossplane keeps to the claim must not reach the XR.",
			claim:  "spec:\n  region: us-east-1\n  compositeDeletePolicy: Background\n  writeConnectionSecretToRef:\n    name: s\n",
			want:   "spec:\n  region: us-east-1\n",
		},
		"NotAnObject": {
			reason: "What is no object should be an error.",
			claim:  "- x",
			err:    true,
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := withoutClaimFields([]byte(tc.claim))
			if diff := cmp.Diff(tc.want, string(got)); diff != "" || (err != nil) != tc.err {
				t.Errorf("%s\nwithoutClaimFields(): error %v; -want, +got:\n%s", tc.reason, err, diff)
			}
		})
	}
}
