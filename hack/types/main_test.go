package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// provided is a service's package as provider-aws has it.
const provided = `package v1beta1

import (
	v1 "example.org/apis/v1"
	"example.org/other"
)

type VPCInitParameters struct {
	Unused *other.Unused ` + "`json:\"unused,omitempty\"`" + `
}

type VPCParameters_2 struct {

	// Region of the VPC.
	// It is set once.
	// +kubebuilder:validation:Required
	Region *string ` + "`json:\"region\" tf:\"region,omitempty\"`" + `

	Options []OptionsParameters ` + "`json:\"options,omitempty\"`" + `

	// +mapType=granular
	Tags map[string]*string ` + "`json:\"tags,omitempty\"`" + `
}

type OptionsParameters struct {
	GroupRef *v1.Reference ` + "`json:\"groupRef,omitempty\"`" + `
}

type VPCSpec struct {
	v1.Spec ` + "`json:\",inline\"`" + `
	ForProvider VPCParameters_2 ` + "`json:\"forProvider\"`" + `
	InitProvider VPCInitParameters ` + "`json:\"initProvider,omitempty\"`" + `
}

type ListSpec []string
`

const written = `
// VPCParameters are part of provider-aws's API.
type VPCParameters struct {
// Region of the VPC.
// It is set once.
Region *string ` + "`json:\"region\"`" + `
Options []OptionsParameters ` + "`json:\"options,omitempty\"`" + `
Tags map[string]*string ` + "`json:\"tags,omitempty\"`" + `
}

// OptionsParameters are part of provider-aws's API.
type OptionsParameters struct {
GroupRef *v1.Reference ` + "`json:\"groupRef,omitempty\"`" + `
}
`

// sourceOf Go files.
func sourceOf(t *testing.T, files ...string) (*source, error) {
	t.Helper()

	s := newSource()

	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), "", file, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}

		if err := s.add(f); err != nil {
			return nil, err
		}
	}

	return s, nil
}

func TestStructs(t *testing.T) {
	s, err := sourceOf(t, provided)
	if err != nil {
		t.Fatal(err)
	}

	name, err := s.parameters("VPC")
	if err != nil {
		t.Fatal(err)
	}

	b := &bytes.Buffer{}
	o := &output{Buffer: b, needs: map[string]bool{}, done: map[string]string{}}

	for range 2 { // The second time it is done.
		if err := s.structs(o, name); err != nil {
			t.Fatal(err)
		}
	}

	if diff := cmp.Diff(written, b.String()); diff != "" {
		t.Errorf("A struct is written with those of its fields, without what only generators read.\nstructs(%q): -want, +got:\n%s", name, diff)
	}

	if diff := cmp.Diff(map[string]bool{"v1": true}, o.needs); diff != "" {
		t.Errorf("Packages are those that the written types need.\nneeds: -want, +got:\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  []string
		kind   string
		want   string
	}{
		"NoKind": {
			reason: "A kind that is not there is told.",
			files:  []string{provided},
			kind:   "Subnet",
			want:   "provider-aws has no SubnetSpec with a ForProvider: correct the table of kinds",
		},
		"NoForProvider": {
			reason: "What is no spec of a managed resource is told.",
			files:  []string{provided},
			kind:   "List",
			want:   "provider-aws has no ListSpec with a ForProvider: correct the table of kinds",
		},
		"NoStruct": {
			reason: "Parameters of another form are told.",
			files:  []string{"package a\ntype MapSpec struct { ForProvider M }\ntype M map[string]string"},
			kind:   "Map",
			want:   "M is no struct: have this program write it",
		},
		"OneName": {
			reason: "Two types are not written under one name.",
			files:  []string{"package a\ntype ASpec struct { ForProvider P }\ntype P struct { In P_2 `json:\"in\"` }\ntype P_2 struct {}"},
			kind:   "A",
			want:   "P and P_2 would have one name: have this program tell them apart",
		},
		"Embedded": {
			reason: "A field of a form that is not known is told.",
			files:  []string{"package a\ntype ASpec struct { ForProvider P }\ntype P struct { B }\ntype B struct {}"},
			kind:   "A",
			want:   "P: a field has no name or no tag of its own: have this program write it",
		},
		"Imports": {
			reason: "A name means one package in all files.",
			files:  []string{"package a\nimport v1 \"a/v1\"", "package a\nimport v1 \"b/v1\""},
			want:   "v1 is b/v1 here and a/v1 elsewhere: have this program tell them apart",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := sourceOf(t, tc.files...)
			if err == nil {
				_, err = s.write("test", tc.kind)
			}

			got := ""
			if err != nil {
				got = err.Error()
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nerror: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	s, err := sourceOf(t, provided)
	if err != nil {
		t.Fatal(err)
	}

	b, err := s.write("ec2", "VPC")
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		"\nv1 \"example.org/apis/v1\"\n",
		"var VPCGroupVersionKind = schema.GroupVersionKind{Group: \"ec2.aws.m.upbound.io\", Version: \"v1beta1\", Kind: \"VPC\"}\n",
		"\nForProvider VPCParameters `json:\"forProvider\"`\n",
	} {
		if !strings.Contains(strings.ReplaceAll(string(b), "\t", ""), want) {
			t.Errorf("A kind is written with what each has.\nwrite(\"ec2\", \"VPC\"): want %q in:\n%s", want, b)
		}
	}
}
