package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/internal/crds"
)

// selects describes a field that selects, in the CRDs.
var selects = regexp.MustCompile(`^Selector for a (list of )?(\w+) in (\w+) to populate \w+\.$`)

// TestSelectors compares which resources each selector finds with those that it
// should find.
func TestSelectors(t *testing.T) {
	for _, provider := range providerCRDs(t) {
		t.Run(provider.Version, func(t *testing.T) { testSelectors(t, provider) })
	}
}

func testSelectors(t *testing.T, provider *crds.CRDs) {
	t.Helper()

	for _, p := range testPlatforms(t) {
		for _, composed := range p.composed {
			got := map[string][]string{}
			want := wantSelected(p.answers[0], p.field("network", "natGateways"))
			maps.DeleteFunc(want, func(selector string, _ []string) bool {
				key, _, _ := strings.Cut(selector, ".")
				return composed[key] == nil && (withheldAtFirst.Has(key) || afterAddress.MatchString(key))
			})

			for key, o := range composed {
				if !isManaged(o) {
					continue
				}

				k, err := provider.Kind(o.GetAPIVersion(), o.GetKind())
				if err != nil {
					t.Fatal(err)
				}

				fields := k.Schema.Properties["spec"].Properties["forProvider"].Properties

				forProvider, _, _ := unstructured.NestedMap(o.Object, "spec", "forProvider")
				if _, named := forProvider["natGatewayId"]; named {
					delete(want, key+".natGatewayIdSelector")
				}

				for field, value := range forProvider {
					if !strings.HasSuffix(field, "Selector") {
						continue
					}

					what := selects.FindStringSubmatch(strings.Join(strings.Fields(fields[field].Description), " "))
					if what == nil {
						t.Fatalf("%s: %s: the CRD does not say what it selects", key, field)
					}

					found, how := found(value.(anyObject), what[2], what[3]+".aws.m.upbound.io/", composed)
					if list := what[1] != ""; !list && len(found) != 1 {
						t.Errorf("%s: %s.%s is for one resource, and finds %v", p.name, key, field, found)
					}

					if strings.HasPrefix(key, "credentials-version-") {
						// Of versions there are as many as passwords.
						if diff := cmp.Diff([]string{"credentials"}, append(how, found...)); diff != "" {
							t.Errorf("%s: %s.%s: -want, +got:\n%s", p.name, key, field, diff)
						}

						continue
					}

					got[key+"."+field] = append(how, found...)
				}
			}

			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: what selectors find: -want, +got:\n%s", p.name, diff)
			}
		}
	}
}

// found returns the keys of what a selector finds, and how it looks: "always"
// again as the platform grows, or among the resources of "others" too.
func found(selector anyObject, kind, group string, composed map[string]*unstructured.Unstructured) (keys, how []string) {
	want, _, _ := unstructured.NestedStringMap(selector, "matchLabels")

	for _, key := range slices.Sorted(maps.Keys(composed)) {
		o := composed[key]
		got := maps.Clone(o.GetLabels())
		maps.DeleteFunc(got, func(l, _ string) bool { _, ok := want[l]; return !ok })

		if o.GetKind() == kind && strings.HasPrefix(o.GetAPIVersion(), group) && maps.Equal(want, got) {
			keys = append(keys, key)
		}
	}

	if resolve, _, _ := unstructured.NestedString(selector, "policy", "resolve"); resolve != "" {
		how = append(how, strings.ToLower(resolve))
	}

	if selector["matchControllerRef"] != true {
		how = append(how, "others")
	}

	return keys, how
}

// wantSelected returns what each selector of a platform should find.
func wantSelected(rsp *fnv1.RunFunctionResponse, natGateways string) map[string][]string {
	var zones, private []string

	status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue()
	for _, z := range status.GetFields()["network"].GetStructValue().GetFields()["availabilityZones"].GetListValue().GetValues() {
		zones = append(zones, z.GetStringValue())
		private = append(private, "subnet-private-"+z.GetStringValue())
	}

	slices.Sort(private)

	want := map[string][]string{
		"internet-gateway.vpcIdSelector":                          {"vpc"},
		"route-table-public.vpcIdSelector":                        {"vpc"},
		"route-public-internet.gatewayIdSelector":                 {"internet-gateway"},
		"route-public-internet.routeTableIdSelector":              {"route-table-public"},
		"security-group-cache.vpcIdSelector":                      {"vpc"},
		"security-group-cache-ingress.securityGroupIdSelector":    {"security-group-cache"},
		"security-group-cache-egress.securityGroupIdSelector":     {"security-group-cache"},
		"subnet-group-cache.subnetIdSelector":                     append([]string{"always"}, private...),
		"cache.subnetGroupNameSelector":                           {"subnet-group-cache"},
		"cache.securityGroupIdSelector":                           {"security-group-cache"},
		"security-group-database.vpcIdSelector":                   {"vpc"},
		"security-group-database-ingress.securityGroupIdSelector": {"security-group-database"},
		"security-group-database-egress.securityGroupIdSelector":  {"security-group-database"},
		"subnet-group-database.subnetIdSelector":                  append([]string{"always"}, private...),
		"database.dbSubnetGroupNameSelector":                      {"subnet-group-database"},
		"database.vpcSecurityGroupIdSelector":                     {"security-group-database"},
	}

	for i, z := range zones {
		if natGateways == "PerZone" || natGateways == "Single" && i == 0 {
			want["nat-gateway-"+z+".allocationIdSelector"] = []string{"eip-nat-" + z}
			want["nat-gateway-"+z+".subnetIdSelector"] = []string{"subnet-public-" + z}
		}

		switch natGateways {
		case "PerZone":
			want["route-private-internet-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
			want["route-private-internet-"+z+".natGatewayIdSelector"] = []string{"nat-gateway-" + z}
		case "Single":
			want["route-private-internet-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
			want["route-private-internet-"+z+".natGatewayIdSelector"] = []string{"nat-gateway-" + zones[0]}
		}

		want["subnet-public-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["subnet-private-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["route-table-private-"+z+".vpcIdSelector"] = []string{"vpc"}
		want["route-table-association-public-"+z+".routeTableIdSelector"] = []string{"route-table-public"}
		want["route-table-association-public-"+z+".subnetIdSelector"] = []string{"subnet-public-" + z}
		want["route-table-association-private-"+z+".routeTableIdSelector"] = []string{"route-table-private-" + z}
		want["route-table-association-private-"+z+".subnetIdSelector"] = []string{"subnet-private-" + z}
	}

	return want
}
