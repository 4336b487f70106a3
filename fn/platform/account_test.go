package platform

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	cloudwatchv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/cloudwatch/v1beta1"
	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	rdsv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/rds/v1beta1"
	secretsmanagerv1beta1 "github.com/upbound/provider-aws/v2/apis/namespaced/secretsmanager/v1beta1"
	"k8s.io/utils/ptr"

	xpresource "github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	inputv1beta1 "github.com/crossplane-contrib/function-data-platform/input/v1beta1"
)

// cluster and namespaced are references to provider configurations.
func cluster(name string) v1alpha1.ProviderConfigReference {
	return v1alpha1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: name}
}

func namespaced(name string) v1alpha1.ProviderConfigReference {
	return v1alpha1.ProviderConfigReference{Kind: "ProviderConfig", Name: name}
}

// inAccount is a spec of a developer who names a configuration.
func inAccount(ref v1alpha1.ProviderConfigReference) string {
	b, _ := json.Marshal(map[string]any{"region": "us-east-1", "providerConfigRef": ref}) //nolint:errchkjson // Texts always marshal.
	return string(b)
}

// A platform stays in the account that it has, and nobody reaches another unless the
// platform team permits it.
func TestAccount(t *testing.T) {
	exists := func(r *Request) {
		for _, key := range []string{"vpc", "stream", "database"} {
			r.Observed[key] = Observation{ProviderConfig: cluster("one")}
		}
	}
	inPolicy := func(ref v1alpha1.ProviderConfigReference) func(*Request) {
		return policy(`{"providerConfigRef":{"kind":"` + ref.Kind + `","name":"` + ref.Name + `"}}`)
	}
	renamed := func(from, to v1alpha1.ProviderConfigReference) func(*Request) {
		return func(r *Request) {
			r.Policy.Renames = map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{from: to}
		}
	}
	allowed := func(refs ...v1alpha1.ProviderConfigReference) func(*Request) {
		return func(r *Request) { r.Policy.ProviderConfigs = refs }
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		// want are the configurations of resources, new and existing ones alike.
		want map[string]v1alpha1.ProviderConfigReference
		err  string
	}{
		"PolicyMoves": {
			reason: "A policy's new configuration moves nothing, and what is added to a platform goes where the platform is.",
			spec:   reference,
			mods:   []func(*Request){exists, inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("one"), "database": cluster("one"), "subnet-group-cache": cluster("one"), "credentials": cluster("one")},
		},
		"DefaultMoves": {
			reason: "Nor does a policy that no longer names one.",
			spec:   reference,
			mods:   []func(*Request){exists},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "subnet-group-cache": cluster("one")},
		},
		"PolicyNew": {
			reason: "A new platform has the policy's.",
			spec:   reference,
			mods:   []func(*Request){inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("two"), "stream": cluster("two")},
		},
		"EachItsOwn": {
			reason: "Each resource keeps the configuration that it has, also where they differ.",
			spec:   reference,
			mods:   []func(*Request){exists, observing("stream", Observation{ProviderConfig: cluster("three")})},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("three"), "subnet-group-cache": cluster("one")},
		},
		"AnotherStepsResource": {
			reason: "Another step's resource may be in another account, which is no concern of the platform's.",
			spec:   reference,
			mods:   []func(*Request){observing("a-bucket", Observation{ProviderConfig: cluster("other")}), exists},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "subnet-group-cache": cluster("one")},
		},
		"HalfMade": {
			reason: "A platform of which only a little exists is where that is.",
			spec:   reference,
			mods: []func(*Request){
				observing("subnet-private-us-east-1a", Observation{ProviderConfig: cluster("one")}), observing("security-group-database", Observation{ProviderConfig: cluster("one")}),
				func(r *Request) {
					r.Policy.RawDefaults = []byte(`{"providerConfigRef":{"kind":"ClusterProviderConfig","name":"two"}}`)
				},
			},
			want: map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("one"), "subnet-public-us-east-1b": cluster("one")},
		},
		"AnotherStepsResourceFirst": {
			reason: "Nor where it exists before the platform does.",
			spec:   reference,
			mods:   []func(*Request){observing("a-bucket", Observation{ProviderConfig: cluster("other")})},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("default")},
		},
		"PolicyRenames": {
			reason: "A renamed configuration is the same account: what exists and what is new follow.",
			spec:   reference,
			mods:   []func(*Request){exists, renamed(cluster("one"), namespaced("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": namespaced("uno"), "database": namespaced("uno"), "subnet-group-cache": namespaced("uno")},
		},
		"PolicyRenamesItsDefault": {
			reason: "A new platform of a policy that still names the old one follows too.",
			spec:   reference,
			mods:   []func(*Request){inPolicy(cluster("one")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"RenamedForOldName": {
			reason: "A developer who wrote the old name can't change it, and follows.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*Request){exists, renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno"), "subnet-group-cache": cluster("uno")},
		},
		"RenamedAlready": {
			reason: "What follows the new name already stays there.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*Request){observing("vpc", Observation{ProviderConfig: cluster("uno")}), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno"), "subnet-group-cache": cluster("uno")},
		},
		"RenamedForNewPlatform": {
			reason: "The permission to use an old name is one to use the new one.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*Request){allowed(cluster("one")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"RenamedAndPermitted": {
			reason: "So is the permission to use the new name for who wrote the old one.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*Request){allowed(cluster("uno")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"DeveloperMoves": {
			reason: "A developer who names another one is told what the platform has, also where that one is permitted.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*Request){exists, allowed(cluster("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform uses ClusterProviderConfig one, and AWS can't move it to another account: use that, or create another platform`,
		},
		"DeveloperStays": {
			reason: "A platform that has a configuration is not refused because its permission ended.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*Request){exists},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one")},
		},
		"Default": {
			reason: "The configuration that a platform has anyway may be named.",
			spec:   inAccount(cluster("default")),
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("default")},
		},
		"PolicysDefault": {
			reason: "Where the policy makes another one the default, that may be named.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*Request){inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("two")},
		},
		"ReferenceUnderPolicy": {
			reason: "The reference's default is then like any other.",
			spec:   inAccount(cluster("default")),
			mods:   []func(*Request){inPolicy(cluster("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"default"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
		"Other": {
			reason: "Any other ClusterProviderConfig may be another team's account.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*Request){allowed(cluster("three"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
		"Allowed": {
			reason: "What the platform team permits may be named.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*Request){allowed(cluster("three"), cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("two"), "stream": cluster("two")},
		},
		"OwnNamespace": {
			reason: "A ProviderConfig in the platform's own namespace needs no permission.",
			spec:   inAccount(namespaced("mine")),
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": namespaced("mine")},
		},
		"NameOfPermittedKind": {
			reason: "A permission is for a kind and a name.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*Request){allowed(namespaced("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := Compose(request(t, tc.spec, tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			if err != nil {
				return
			}
			got := map[string]v1alpha1.ProviderConfigReference{}
			for key := range tc.want {
				ref := find[xpresource.TypedProviderConfigReferencer](t, out.Resources, key).GetProviderConfigReference()
				got[key] = v1alpha1.ProviderConfigReference{Kind: ref.Kind, Name: ref.Name}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want configurations, +got configurations:\n%s", tc.reason, diff)
			}
		})
	}
}

// Whoever names a resource in AWS owns it from then on.
func TestTakingOverNeedsPermission(t *testing.T) {
	const spec = `{"region":"us-east-1","externalNames":{"stream":"dp-team-b-orders-x","vpc":"vpc-1"}}`
	permits := func(r *Request) { r.Policy.ExternalNames = true }

	cases := map[string]struct {
		reason string
		// spec is the one above where it is empty.
		spec string
		mods []func(*Request)
		want map[string]string
		err  string
	}{
		"Withheld": {
			reason: "What is composed later needs permission at once.",
			spec:   `{"region":"us-east-1","externalNames":{"database":"db-VICTIM"}}`,
			err:    `spec.externalNames.database: invalid value "db-VICTIM": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"AddedLater": {
			reason: "What is composed once the platform is changed needs it then.",
			spec:   `{"region":"us-east-1","network":{"natGateways":"Single"},"externalNames":{"eip-nat-us-east-1a":"eipalloc-VICTIM"}}`,
			mods:   []func(*Request){observing("vpc", Observation{ExternalName: "vpc-1"})},
			err:    `spec.externalNames.eip-nat-us-east-1a: invalid value "eipalloc-VICTIM": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"NotPermitted": {
			reason: "The names could be those of another team's resources. The message says who can permit it, and how.",
			err:    `spec.externalNames.stream: invalid value "dp-team-b-orders-x": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"Permitted": {
			reason: "With permission they are taken over.",
			mods:   []func(*Request){permits},
			want:   map[string]string{"stream": "dp-team-b-orders-x", "vpc": "vpc-1"},
		},
		"TakenOver": {
			reason: "A platform that has taken over what its names say is not refused when the permission ends.",
			mods:   []func(*Request){observing("stream", Observation{ExternalName: "dp-team-b-orders-x"}), observing("vpc", Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"stream": "dp-team-b-orders-x", "vpc": "vpc-1"},
		},
		"OneMore": {
			reason: "One more name needs permission too.",
			mods:   []func(*Request){observing("stream", Observation{ExternalName: "dp-team-b-orders-x"})},
			err:    `spec.externalNames.vpc: invalid value "vpc-1": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"AnotherName": {
			reason: "A platform that has another resource keeps that, and takes over nothing.",
			mods:   []func(*Request){observing("stream", Observation{ExternalName: "dp-team-a-orders-x"}), observing("vpc", Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"stream": "dp-team-a-orders-x", "vpc": "vpc-1"},
		},
		"Unnamed": {
			reason: "A resource that exists without a name has taken over nothing yet.",
			mods:   []func(*Request){observing("stream", Observation{}), observing("vpc", Observation{ExternalName: "vpc-1"})},
			err:    `spec.externalNames.stream: invalid value "dp-team-b-orders-x": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := Compose(request(t, either(tc.spec, spec), tc.mods...))
			if diff := cmp.Diff(tc.err, message(err)); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}
			for key, want := range tc.want {
				if got := find[Object](t, out.Resources, key).GetAnnotations()["crossplane.io/external-name"]; got != want {
					t.Errorf("%s\n%s: want name %q, got %q", tc.reason, key, want, got)
				}
			}
		})
	}
}

// either is one text, or another where that is empty.
func either(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// A resource that AWS names too has a name of its own from before it was taken over, and
// can't be renamed: nothing of ours is asked for until the provider has found it.
func TestTakenOverKeepsItsName(t *testing.T) {
	const taking = `{"region":"us-east-1","externalNames":{"database":"db-1","security-group-cache":"sg-1","security-group-database":"sg-2","credentials":"arn:secret"}}`
	permits := func(r *Request) { r.Policy.ExternalNames = true }
	found := []func(*Request){
		observing("database", Observation{ExternalName: "db-1", Status: ObservedStatus{ID: "db-1", Identifier: "legacy"}}),
		observing("security-group-cache", Observation{ExternalName: "sg-1", Spec: ObservedSpec{Name: "legacy-redis"}}),
		observing("security-group-database", Observation{ExternalName: "sg-2", Spec: ObservedSpec{Name: "legacy-postgres"}}),
		observing("credentials", Observation{ExternalName: "arn:secret", Spec: ObservedSpec{Name: "legacy-secret"}}),
	}
	const ours = "dp-team-a-orders-km4cp3ur"

	// names are what is asked of AWS.
	type names struct{ Database, CacheGroup, DatabaseGroup, Secret, Alarm *string }

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*Request)
		want   names
		// monitoring is what the alarms' condition says of it.
		monitoring string
	}{
		"New": {
			reason:     "What is new has names of ours.",
			spec:       reference,
			mods:       []func(*Request){groupsReady},
			want:       names{ptr.To(ours), ptr.To(ours + "-cache"), ptr.To(ours + "-database"), ptr.To(ours + "-database"), ptr.To(ours)},
			monitoring: "waiting for alarm-database-cpu (not created yet), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"Taking": {
			reason:     "What is being taken over has names that nobody knows yet. An alarm on another would never ring.",
			spec:       taking,
			mods:       []func(*Request){permits, groupsReady},
			monitoring: "waiting for alarm-database-cpu (to be created once the database is found), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"Found": {
			reason:     "Once they are found their names are kept.",
			spec:       taking,
			mods:       append([]func(*Request){permits, groupsReady}, found...),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-database-cpu (not created yet), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"Recorded": {
			reason:     "The identifier in the spec counts while the status is not to be seen.",
			spec:       taking,
			mods:       append(append([]func(*Request){permits, groupsReady}, found[1:]...), observing("database", Observation{ExternalName: "db-1", Spec: ObservedSpec{Identifier: "legacy"}})),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-database-cpu (not created yet), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"DatabaseUnseen": {
			reason: "An alarm that exists is not dropped while the database is not to be seen.",
			spec:   taking,
			mods: append(append([]func(*Request){permits, groupsReady}, found[1:]...),
				observing("alarm-database-cpu", Observation{Spec: ObservedSpec{Identifier: "legacy"}, Ready: ObservedCondition{Status: "True"}})),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"HostKnown": {
			reason: "The host in the platform's status begins with the identifier.",
			spec:   taking,
			mods: append(append([]func(*Request){permits, groupsReady}, found[1:]...),
				func(r *Request) {
					r.Status.Database = &v1alpha1.DatabaseStatus{Host: "legacy.abc.us-east-1.rds.amazonaws.com"}
				}),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-database-cpu (not created yet), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
		"OldNames": {
			reason: "A platform from before its names had the UID in them keeps them.",
			spec:   reference,
			mods: []func(*Request){
				groupsReady,
				observing("database", Observation{ExternalName: "db-1", Spec: ObservedSpec{Identifier: "dp-team-a-orders-2nxr5dn2"}}),
				observing("security-group-cache", Observation{Spec: ObservedSpec{Name: "dp-team-a-orders-2nxr5dn2-cache"}}),
				observing("security-group-database", Observation{Spec: ObservedSpec{Name: "dp-team-a-orders-2nxr5dn2-database"}}),
				observing("credentials", Observation{Spec: ObservedSpec{Name: "dp-team-a-orders-2nxr5dn2-database"}}),
			},
			want: names{
				ptr.To("dp-team-a-orders-2nxr5dn2"), ptr.To("dp-team-a-orders-2nxr5dn2-cache"), ptr.To("dp-team-a-orders-2nxr5dn2-database"),
				ptr.To("dp-team-a-orders-2nxr5dn2-database"), ptr.To("dp-team-a-orders-2nxr5dn2"),
			},
			monitoring: "waiting for alarm-database-cpu (not created yet), alarm-cache-cpu-001 (not created yet), alarm-cache-cpu-002 (not created yet), alarm-stream-records (not created yet)",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := request(t, tc.spec, tc.mods...)
			out, err := Compose(req)
			if err != nil {
				t.Fatalf("Compose(...): %v", err)
			}
			got := names{
				Database:      find[*rdsv1beta1.Instance](t, out.Resources, "database").Spec.ForProvider.Identifier,
				CacheGroup:    find[*v1beta1.SecurityGroup](t, out.Resources, "security-group-cache").Spec.ForProvider.Name,
				DatabaseGroup: find[*v1beta1.SecurityGroup](t, out.Resources, "security-group-database").Spec.ForProvider.Name,
				Secret:        find[*secretsmanagerv1beta1.Secret](t, out.Resources, "credentials").Spec.ForProvider.Name,
				Alarm:         alarmed(out.Resources),
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want names, +got names:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(Condition{Type: "MonitoringReady", Reason: "Creating", Message: tc.monitoring}, condition(t, req, "MonitoringReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

// A platform on another control plane, or a later one of the same name, has other names.
// What is observed keeps the name that it has.
func TestNewNamesFollowTheUID(t *testing.T) {
	names := func(mods ...func(*Request)) map[string]string {
		out, err := Compose(request(t, reference, append([]func(*Request){groupsReady}, mods...)...))
		if err != nil {
			t.Fatalf("Compose(...): %v", err)
		}
		got := map[string]string{}
		for _, r := range out.Resources {
			if name := r.Object.GetAnnotations()["crossplane.io/external-name"]; name != "" {
				got[r.Key] = name
			}
		}
		return got
	}
	another := func(r *Request) { r.UID = "another" }

	here, there := names(), names(another)
	for _, key := range []string{"stream", "cache", "subnet-group-cache", "subnet-group-database", "alarm-database-cpu", "alarm-cache-cpu-001", "alarm-stream-records"} {
		if here[key] == "" || here[key] == there[key] {
			t.Errorf("%s: two control planes in one account must have two names, got %q and %q", key, here[key], there[key])
		}
	}

	observed := func(r *Request) {
		for key, name := range here {
			r.Observed[key] = Observation{ExternalName: name}
		}
	}
	if diff := cmp.Diff(here, names(another, observed)); diff != "" {
		t.Errorf("What is observed keeps its name: -want, +got:\n%s", diff)
	}
}

// alarmed is the identifier of the database that an alarm is on, if there is one.
func alarmed(rs []Resource) *string {
	for _, r := range rs {
		if a, ok := r.Object.(*cloudwatchv1beta1.MetricAlarm); ok && r.Key == "alarm-database-cpu" {
			return a.Spec.ForProvider.Dimensions["DBInstanceIdentifier"]
		}
	}
	return nil
}

func TestNewPolicy(t *testing.T) {
	renames := []inputv1beta1.ProviderConfigRename{{From: cluster("one"), To: cluster("uno")}, {From: namespaced("two"), To: cluster("due")}}

	cases := map[string]struct {
		reason string
		in     inputv1beta1.Policy
		want   Policy
	}{
		"Empty": {
			reason: "A policy that says nothing permits nothing.",
			want:   Policy{NamePrefix: "dp", Zones: map[string][]string{}, Tags: map[string]string{}, Renames: map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{}},
		},
		"EmptyPermission": {
			reason: "Nor does an empty permission.",
			in:     inputv1beta1.Policy{Allow: &inputv1beta1.Allow{}},
			want:   Policy{NamePrefix: "dp", Zones: map[string][]string{}, Tags: map[string]string{}, Renames: map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{}},
		},
		"Full": {
			reason: "All that a policy says counts.",
			in: inputv1beta1.Policy{
				NamePrefix:            ptr.To("acme"),
				AvailabilityZones:     map[string]inputv1beta1.Zones{"us-west-1": {"us-west-1b", "us-west-1c"}},
				Tags:                  v1alpha1.Tags{"team": "platform"},
				Allow:                 &inputv1beta1.Allow{ExternalNames: ptr.To(true), ProviderConfigs: []v1alpha1.ProviderConfigReference{cluster("shared")}},
				ProviderConfigRenames: renames,
			},
			want: Policy{
				NamePrefix:      "acme",
				Zones:           map[string][]string{"us-west-1": {"us-west-1b", "us-west-1c"}},
				Tags:            map[string]string{"team": "platform"},
				ExternalNames:   true,
				ProviderConfigs: []v1alpha1.ProviderConfigReference{cluster("shared")},
				Renames:         map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{cluster("one"): cluster("uno"), namespaced("two"): cluster("due")},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, NewPolicy(&tc.in, nil)); diff != "" {
				t.Errorf("%s\nNewPolicy(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
