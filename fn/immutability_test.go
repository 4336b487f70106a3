package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// The rules of what may change, as the API server evaluates them at an update.
func TestImmutability(t *testing.T) {
	const (
		zones = "availabilityZones may only grow at its end: the platform's subnets are in the zones it has; restore them, in their order, or leave the list out to keep them"
		block = "cidrBlock is immutable: a VPC keeps its block; create another platform for another block"
	)

	cases := map[string]struct {
		reason string
		before string
		after  string
		want   []string
	}{
		"Region": {
			reason: "A region can't change.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-west-2"}`,
			want: []string{"region is immutable: AWS resources can't move between regions; create another platform there"},
		},
		"ZonesGrow": {
			reason: "A zone may be added at the end.",
			before: `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			after:  `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
		},
		"ZonesShrink": {
			reason: "A zone can't be taken away.",
			before: `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b","us-east-1c"]}`,
			after:  `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			want:   []string{zones},
		},
		"ZonesSwapped": {
			reason: "Blocks follow the zones' order.",
			before: `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`,
			after:  `{"region":"us-east-1","availabilityZones":["us-east-1b","us-east-1a"]}`,
			want:   []string{zones},
		},
		"ZonesRemoved": {
			reason: "The platform keeps its zones, and a wrong list can be taken back.",
			before: `{"region":"us-east-1","availabilityZones":["us-east-1a","us-east-1b"]}`, after: `{"region":"us-east-1"}`,
		},
		"Block": {
			reason: "A VPC keeps its block.",
			before: `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/16"}}`, after: `{"region":"us-east-1","network":{"cidrBlock":"10.1.0.0/16"}}`,
			want: []string{block},
		},
		"NetworkRemoved": {
			reason: "The block can't be removed with what it is in.",
			before: `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/16"}}`, after: `{"region":"us-east-1"}`,
			want: []string{"network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was"},
		},
		"BlockRemoved": {
			reason: "The default may be another.",
			before: `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/16"}}`, after: `{"region":"us-east-1","network":{}}`,
			want: []string{"network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was"},
		},
		"BlockAdded": {
			reason: "The platform has a block, which a wrong one could not be changed to again.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-east-1","network":{"cidrBlock":"10.0.0.0/16"}}`,
			want: []string{"network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was"},
		},
		"StorageGrows": {
			reason: "Storage may grow.",
			before: `{"region":"us-east-1","database":{"allocatedStorage":20}}`, after: `{"region":"us-east-1","database":{"allocatedStorage":21}}`,
		},
		"StorageFalls": {
			reason: "What AWS never took can be taken back; the function knows what AWS has.",
			before: `{"region":"us-east-1","database":{"allocatedStorage":60000}}`, after: `{"region":"us-east-1","database":{"allocatedStorage":20}}`,
		},
		"StorageRemoved": {
			reason: "The platform keeps what AWS has.",
			before: `{"region":"us-east-1","database":{"allocatedStorage":20}}`, after: `{"region":"us-east-1"}`,
		},
		"StorageAdded": {
			reason: "Storage that was the default may grow.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-east-1","database":{"allocatedStorage":200}}`,
		},
		"DatabaseAdded": {
			reason: "AWS has named the database and its user.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-east-1","database":{"dbName":"orders","username":"orders","credentials":"Generated"}}`,
			want: []string{
				"database.dbName can't be added or removed: AWS names the database once; leave it as it was",
				"database.username can't be added or removed: AWS names the master user once; leave it as it was",
				"database.credentials can't be added or removed: the password that applications use would stop working; leave it as it was",
			},
		},
		"Credentials": {
			reason: "Credentials can't change hands.",
			before: `{"region":"us-east-1","database":{"credentials":"Generated"}}`, after: `{"region":"us-east-1","database":{"credentials":"ManagedByRDS"}}`,
			want: []string{"credentials is immutable: the password that applications use would stop working; create another platform for other credentials"},
		},
		"Authentication": {
			reason: "Clients must not be locked out.",
			before: `{"region":"us-east-1","cache":{"authentication":"None"}}`, after: `{"region":"us-east-1","cache":{"authentication":"Token"}}`,
			want: []string{"authentication is immutable: clients of a running cache would lose it; create another platform for another way to authenticate"},
		},
		"CacheRemoved": {
			reason: "The default may be another.",
			before: `{"region":"us-east-1","cache":{"authentication":"None"}}`, after: `{"region":"us-east-1"}`,
			want: []string{"cache.authentication can't be added or removed: clients of a running cache would lose it; leave it as it was"},
		},
		"ProviderConfig": {
			reason: "Another account would get a second, empty platform.",
			before: `{"region":"us-east-1","providerConfigRef":{"kind":"ProviderConfig","name":"a"}}`, after: `{"region":"us-east-1","providerConfigRef":{"kind":"ProviderConfig","name":"b"}}`,
			want: []string{"providerConfigRef is immutable: another AWS account would get a second, empty platform; create another platform there"},
		},
		"ProviderConfigAdded": {
			reason: "The default may be another account.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-east-1","providerConfigRef":{"kind":"ProviderConfig","name":"a"}}`,
			want: []string{"providerConfigRef can't be added or removed: another AWS account would get a second, empty platform; leave it as it was"},
		},
		"ConnectionSecret": {
			reason: "A name that is taken can be changed; the function knows whether the platform has made its Secret.",
			before: `{"region":"us-east-1"}`, after: `{"region":"us-east-1","writeConnectionSecretToRef":{"name":"other"}}`,
		},
		"ExternalNamesGrow": {
			reason: "Names may be added.",
			before: `{"region":"us-east-1","externalNames":{"vpc":"vpc-1"}}`, after: `{"region":"us-east-1","externalNames":{"vpc":"vpc-1","cache":"c"}}`,
		},
		"ExternalNameTakenAway": {
			reason: "A name that the platform team does not permit can be taken back.",
			before: `{"region":"us-east-1","externalNames":{"vpc":"vpc-1"}}`, after: `{"region":"us-east-1"}`,
		},
		"ExternalNameChanged": {
			reason: "What a name stands for may be taken over already.",
			before: `{"region":"us-east-1","externalNames":{"vpc":"vpc-1"}}`, after: `{"region":"us-east-1","externalNames":{"vpc":"vpc-2"}}`,
			want: []string{"a name in externalNames can't change: the resource that it names is taken over already; restore what it was"},
		},
	}

	v1 := &apiextensionsv1.JSONSchemaProps{}
	if err := json.Unmarshal(v1alpha1.Schema(), v1); err != nil {
		t.Fatal(err)
	}

	props := &apiextensions.JSONSchemaProps{}
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1, props, nil); err != nil {
		t.Fatal(err)
	}

	s, err := structural.NewStructural(props)
	if err != nil {
		t.Fatal(err)
	}

	rules := cel.NewValidator(s, false, celconfig.PerCallLimit)

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var before, after map[string]any
			if err := utiljson.Unmarshal([]byte(`{"spec":`+tc.before+`}`), &before); err != nil {
				t.Fatal(err)
			}

			if err := utiljson.Unmarshal([]byte(`{"spec":`+tc.after+`}`), &after); err != nil {
				t.Fatal(err)
			}

			errs, _ := rules.Validate(t.Context(), nil, s, after, before, celconfig.RuntimeCELCostBudget)

			var got []string
			for _, e := range errs {
				got = append(got, e.Detail)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want messages, +got messages:\n%s", tc.reason, diff)
			}
		})
	}
}
