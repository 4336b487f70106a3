package kit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/cloudwatch"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/secretsmanager"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/network"
	inputv1beta1 "github.com/crossplane-contrib/function-data-platform/input/v1beta1"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
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
	exists := func(r *kit.Request) {
		for _, key := range []string{"vpc", "stream", "database"} {
			r.Observed[key] = kit.Observation{Component: "network", Stateful: key == "database", ProviderConfig: cluster("one")}
		}
	}
	inPolicy := func(ref v1alpha1.ProviderConfigReference) func(*kit.Request) {
		return platformtest.Policy(`{"providerConfigRef":{"kind":"` + ref.Kind + `","name":"` + ref.Name + `"}}`)
	}
	renamed := func(from, to v1alpha1.ProviderConfigReference) func(*kit.Request) {
		return func(r *kit.Request) {
			r.Policy.Renames = map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{from: to}
		}
	}
	allowed := func(refs ...v1alpha1.ProviderConfigReference) func(*kit.Request) {
		return func(r *kit.Request) { r.Policy.ProviderConfigs = refs }
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		// want are the configurations of resources, new and existing ones alike.
		want map[string]v1alpha1.ProviderConfigReference
		err  string
	}{
		"PolicyMoves": {
			reason: "A policy's new configuration moves nothing, and what is added to a platform goes where the platform is.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists, inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("one"), "database": cluster("one"), "subnet-group-cache": cluster("one"), "credentials": cluster("one")},
		},
		"DefaultMoves": {
			reason: "Nor does a policy that no longer names one.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "subnet-group-cache": cluster("one")},
		},
		"PolicyNew": {
			reason: "A new platform has the policy's.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("two"), "stream": cluster("two")},
		},
		"EachItsOwn": {
			reason: "Each resource keeps the configuration that it has, also where they differ.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists, platformtest.Observing("stream", kit.Observation{Component: "network", Stateful: true, ProviderConfig: cluster("three")})},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("three"), "subnet-group-cache": cluster("one")},
		},
		"AnotherStepsResource": {
			reason: "Another step's resource may be in another account, which is no concern of the platform's.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("a-bucket", kit.Observation{ProviderConfig: cluster("other")}), exists},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "subnet-group-cache": cluster("one")},
		},
		"HalfMade": {
			reason: "A platform of which only a little exists is where that is.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.Observing("subnet-private-us-east-1a", kit.Observation{Component: "network", ProviderConfig: cluster("one")}), platformtest.Observing("security-group-database", kit.Observation{Component: "network", ProviderConfig: cluster("one")}),
				func(r *kit.Request) {
					r.Policy.RawDefaults = []byte(`{"providerConfigRef":{"kind":"ClusterProviderConfig","name":"two"}}`)
				},
			},
			want: map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("one"), "stream": cluster("one"), "subnet-public-us-east-1b": cluster("one")},
		},
		"AnotherStepsResourceFirst": {
			reason: "Nor where it exists before the platform does.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){platformtest.Observing("a-bucket", kit.Observation{ProviderConfig: cluster("other")})},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("default")},
		},
		"PolicyRenames": {
			reason: "A renamed configuration is the same account: what exists and what is new follow.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){exists, renamed(cluster("one"), namespaced("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": namespaced("uno"), "database": namespaced("uno"), "subnet-group-cache": namespaced("uno")},
		},
		"PolicyRenamesItsDefault": {
			reason: "A new platform of a policy that still names the old one follows too.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy(cluster("one")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"RenamedForOldName": {
			reason: "A developer who wrote the old name can't change it, and follows.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*kit.Request){exists, renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno"), "subnet-group-cache": cluster("uno")},
		},
		"RenamedAlready": {
			reason: "What follows the new name already stays there.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{Component: "network", ProviderConfig: cluster("uno")}), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno"), "subnet-group-cache": cluster("uno")},
		},
		"RenamedForNewPlatform": {
			reason: "The permission to use an old name is one to use the new one.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*kit.Request){allowed(cluster("one")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"RenamedAndPermitted": {
			reason: "So is the permission to use the new name for who wrote the old one.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*kit.Request){allowed(cluster("uno")), renamed(cluster("one"), cluster("uno"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("uno")},
		},
		"DeveloperMoves": {
			reason: "A developer who names another one is told what the platform has, also where that one is permitted.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*kit.Request){exists, allowed(cluster("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform uses ClusterProviderConfig one, and AWS can't move it to another account: use that, or create another platform`,
		},
		"DeveloperStays": {
			reason: "A platform that has a configuration is not refused because its permission ended.",
			spec:   inAccount(cluster("one")),
			mods:   []func(*kit.Request){exists},
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
			mods:   []func(*kit.Request){inPolicy(cluster("two"))},
			want:   map[string]v1alpha1.ProviderConfigReference{"vpc": cluster("two")},
		},
		"ReferenceUnderPolicy": {
			reason: "The reference's default is then like any other.",
			spec:   inAccount(cluster("default")),
			mods:   []func(*kit.Request){inPolicy(cluster("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"default"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
		"Other": {
			reason: "Any other ClusterProviderConfig may be another team's account.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*kit.Request){allowed(cluster("three"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
		"Allowed": {
			reason: "What the platform team permits may be named.",
			spec:   inAccount(cluster("two")),
			mods:   []func(*kit.Request){allowed(cluster("three"), cluster("two"))},
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
			mods:   []func(*kit.Request){allowed(namespaced("two"))},
			err:    `spec.providerConfigRef: invalid value {"kind":"ClusterProviderConfig","name":"two"}: the platform team has not permitted it: leave it out, use a ProviderConfig in namespace team-a, or ask them to add it to allow.providerConfigs in the function's input`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := platformtest.Try(t, tc.spec, tc.mods...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			got := map[string]v1alpha1.ProviderConfigReference{}

			for key := range tc.want {
				ref := platformtest.Find[kit.Managed](t, out, key).Managed().ProviderConfigReference
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

	permits := func(r *kit.Request) { r.Policy.ExternalNames = true }

	cases := map[string]struct {
		reason string
		// spec is the one above where it is empty.
		spec string
		mods []func(*kit.Request)
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
			mods:   []func(*kit.Request){platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			err:    `spec.externalNames.eip-nat-us-east-1a: invalid value "eipalloc-VICTIM": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"NotPermitted": {
			reason: "The names could be those of another team's resources. The message says who can permit it, and how.",
			err:    `spec.externalNames.stream: invalid value "dp-team-b-orders-x": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"Permitted": {
			reason: "With permission they are taken over.",
			mods:   []func(*kit.Request){permits},
			want:   map[string]string{"stream": "dp-team-b-orders-x", "vpc": "vpc-1"},
		},
		"TakenOver": {
			reason: "A platform that has taken over what its names say is not refused when the permission ends.",
			mods:   []func(*kit.Request){platformtest.Observing("stream", kit.Observation{ExternalName: "dp-team-b-orders-x"}), platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"stream": "dp-team-b-orders-x", "vpc": "vpc-1"},
		},
		"OneMore": {
			reason: "One more name needs permission too.",
			mods:   []func(*kit.Request){platformtest.Observing("stream", kit.Observation{ExternalName: "dp-team-b-orders-x"})},
			err:    `spec.externalNames.vpc: invalid value "vpc-1": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
		"AnotherName": {
			reason: "A platform that has another resource keeps that, and takes over nothing.",
			mods:   []func(*kit.Request){platformtest.Observing("stream", kit.Observation{ExternalName: "dp-team-a-orders-x"}), platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			want:   map[string]string{"stream": "dp-team-a-orders-x", "vpc": "vpc-1"},
		},
		"Unnamed": {
			reason: "A resource that exists without a name has taken over nothing yet.",
			mods:   []func(*kit.Request){platformtest.Observing("stream", kit.Observation{}), platformtest.Observing("vpc", kit.Observation{ExternalName: "vpc-1"})},
			err:    `spec.externalNames.stream: invalid value "dp-team-b-orders-x": the platform team has not permitted to take over what is in AWS already: remove it, which changes nothing that the platform has, or ask them to set allow.externalNames to true in the function's input`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := platformtest.Try(t, either(tc.spec, spec), tc.mods...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			for key, want := range tc.want {
				if got := platformtest.Find[kit.Object](t, out, key).GetAnnotations()["crossplane.io/external-name"]; got != want {
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

	permits := func(r *kit.Request) { r.Policy.ExternalNames = true }
	found := []func(*kit.Request){
		platformtest.Observing("database", kit.Observation{ExternalName: "db-1", ID: "db-1", Fields: database.Observed{ActualIdentifier: "legacy"}}),
		platformtest.Observing("security-group-cache", kit.Observation{ExternalName: "sg-1", Fields: network.ObservedGroup{Asked: "legacy-redis"}}),
		platformtest.Observing("security-group-database", kit.Observation{ExternalName: "sg-2", Fields: network.ObservedGroup{Asked: "legacy-postgres"}}),
		platformtest.Observing("credentials", kit.Observation{ExternalName: "arn:secret", Fields: database.ObservedSecret{Name: "legacy-secret"}}),
	}

	const ours = "dp-team-a-orders-km4cp3ur"

	// names are what is asked of AWS.
	type names struct{ Database, CacheGroup, DatabaseGroup, Secret, Alarm *string }

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   names
		// monitoring is what the alarms' condition says of it.
		monitoring string
	}{
		"New": {
			reason:     "What is new has names of ours.",
			spec:       platformtest.Reference,
			mods:       []func(*kit.Request){platformtest.GroupsReady},
			want:       names{ptr.To(ours), ptr.To(ours + "-cache"), ptr.To(ours + "-database"), ptr.To(ours + "-database"), ptr.To(ours)},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002, alarm-database-cpu",
		},
		"Taking": {
			reason:     "What is being taken over has names that nobody knows yet. An alarm on another would never ring.",
			spec:       taking,
			mods:       []func(*kit.Request){permits, platformtest.GroupsReady},
			monitoring: "waiting for alarm-database-cpu (to be created once the database is found), alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002",
		},
		"Found": {
			reason:     "Once they are found their names are kept.",
			spec:       taking,
			mods:       append([]func(*kit.Request){permits, platformtest.GroupsReady}, found...),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002, alarm-database-cpu",
		},
		"Recorded": {
			reason:     "The identifier in the spec counts while the status is not to be seen.",
			spec:       taking,
			mods:       append(append([]func(*kit.Request){permits, platformtest.GroupsReady}, found[1:]...), platformtest.Observing("database", kit.Observation{ExternalName: "db-1", Fields: database.Observed{Identifier: "legacy"}})),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002, alarm-database-cpu",
		},
		"DatabaseUnseen": {
			reason: "An alarm that exists is not dropped while the database is not to be seen.",
			spec:   taking,
			mods: append(append([]func(*kit.Request){permits, platformtest.GroupsReady}, found[1:]...),
				platformtest.Observing("alarm-database-cpu", kit.Observation{Ready: kit.ObservedCondition{Status: "True"}, Fields: database.ObservedAlarm{Identifier: "legacy"}})),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002",
		},
		"HostKnown": {
			reason: "The host in the platform's status begins with the identifier.",
			spec:   taking,
			mods: append(append([]func(*kit.Request){permits, platformtest.GroupsReady}, found[1:]...),
				func(r *kit.Request) {
					r.Status.Database = &v1alpha1.DatabaseStatus{Host: "legacy.abc.us-east-1.rds.amazonaws.com"}
				}),
			want:       names{ptr.To("legacy"), ptr.To("legacy-redis"), ptr.To("legacy-postgres"), ptr.To("legacy-secret"), ptr.To("legacy")},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002, alarm-database-cpu",
		},
		"OldNames": {
			reason: "A platform from before its names had the UID in them keeps them.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){
				platformtest.GroupsReady,
				platformtest.Observing("database", kit.Observation{ExternalName: "db-1", Fields: database.Observed{Identifier: "dp-team-a-orders-2nxr5dn2"}}),
				platformtest.Observing("security-group-cache", kit.Observation{Fields: network.ObservedGroup{Asked: "dp-team-a-orders-2nxr5dn2-cache"}}),
				platformtest.Observing("security-group-database", kit.Observation{Fields: network.ObservedGroup{Asked: "dp-team-a-orders-2nxr5dn2-database"}}),
				platformtest.Observing("credentials", kit.Observation{Fields: database.ObservedSecret{Name: "dp-team-a-orders-2nxr5dn2-database"}}),
			},
			want: names{
				ptr.To("dp-team-a-orders-2nxr5dn2"), ptr.To("dp-team-a-orders-2nxr5dn2-cache"), ptr.To("dp-team-a-orders-2nxr5dn2-database"),
				ptr.To("dp-team-a-orders-2nxr5dn2-database"), ptr.To("dp-team-a-orders-2nxr5dn2"),
			},
			monitoring: "waiting for alarm-stream-records, alarm-cache-cpu-001, alarm-cache-cpu-002, alarm-database-cpu",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := platformtest.Compose(t, tc.spec, tc.mods...)

			got := names{
				Database:      platformtest.Find[*rds.Instance](t, out, "database").Spec.ForProvider.Identifier,
				CacheGroup:    platformtest.Find[*ec2.SecurityGroup](t, out, "security-group-cache").Spec.ForProvider.Name,
				DatabaseGroup: platformtest.Find[*ec2.SecurityGroup](t, out, "security-group-database").Spec.ForProvider.Name,
				Secret:        platformtest.Find[*secretsmanager.Secret](t, out, "credentials").Spec.ForProvider.Name,
				Alarm:         alarmed(out),
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCompose(...): -want names, +got names:\n%s", tc.reason, diff)
			}

			if diff := cmp.Diff(platform.Condition{Type: "MonitoringReady", Reason: "Creating", Message: tc.monitoring}, platformtest.Condition(t, out, "MonitoringReady")); diff != "" {
				t.Errorf("%s\nCompose(...): -want condition, +got condition:\n%s", tc.reason, diff)
			}
		})
	}
}

// A platform on another control plane, or a later one of the same name, has other names.
// What is observed keeps the name that it has.
func TestNewNamesFollowTheUID(t *testing.T) {
	names := func(mods ...func(*kit.Request)) map[string]string {
		out := platformtest.Compose(t, platformtest.Reference, append([]func(*kit.Request){platformtest.GroupsReady}, mods...)...)
		got := map[string]string{}

		for _, r := range out.Resources {
			if name := r.Object.GetAnnotations()["crossplane.io/external-name"]; name != "" {
				got[r.Key] = name
			}
		}

		return got
	}
	another := func(r *kit.Request) { r.UID = "another" }

	here, there := names(), names(another)
	for _, key := range []string{"stream", "cache", "subnet-group-cache", "subnet-group-database", "alarm-database-cpu", "alarm-cache-cpu-001", "alarm-stream-records"} {
		if here[key] == "" || here[key] == there[key] {
			t.Errorf("%s: two control planes in one account must have two names, got %q and %q", key, here[key], there[key])
		}
	}

	observed := func(r *kit.Request) {
		for key, name := range here {
			r.Observed[key] = kit.Observation{ExternalName: name}
		}
	}
	if diff := cmp.Diff(here, names(another, observed)); diff != "" {
		t.Errorf("What is observed keeps its name: -want, +got:\n%s", diff)
	}
}

// alarmed is the identifier of the database that an alarm is on, if there is one.
func alarmed(p *platform.Platform) *string {
	for _, r := range p.Resources {
		if a, ok := r.Object.(*cloudwatch.MetricAlarm); ok && r.Key == "alarm-database-cpu" {
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
		want   kit.Policy
	}{
		"Empty": {
			reason: "A policy that says nothing permits nothing.",
			want:   kit.Policy{NamePrefix: "dp", Zones: map[string][]string{}, Tags: map[string]string{}, Renames: map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{}},
		},
		"EmptyPermission": {
			reason: "Nor does an empty permission.",
			in:     inputv1beta1.Policy{Allow: &inputv1beta1.Allow{}},
			want:   kit.Policy{NamePrefix: "dp", Zones: map[string][]string{}, Tags: map[string]string{}, Renames: map[v1alpha1.ProviderConfigReference]v1alpha1.ProviderConfigReference{}},
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
			want: kit.Policy{
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
			if diff := cmp.Diff(tc.want, kit.NewPolicy(&tc.in, nil)); diff != "" {
				t.Errorf("%s\nNewPolicy(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
