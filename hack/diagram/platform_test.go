package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
)

// options of a rendered platform.
type options struct {
	Zones []string

	// NAT is the zone of the NAT gateway that each zone uses.
	NAT map[string]string
}

// The composed resources of a platform, with as much in them as the picture needs.
const rendered = `
{{- define "labels" }}{dataplatform.crossplane.io/component: network, dataplatform.crossplane.io/tier: {{ .tier }}{{ with .zone }}, dataplatform.crossplane.io/zone: {{ . }}{{ end }}}{{ end }}
apiVersion: dataplatform.crossplane.io/v1alpha1
kind: XDataPlatform
metadata: {namespace: team, name: shop}
spec: {region: eu-west-1}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: VPC
metadata:
  annotations: {crossplane.io/composition-resource-name: vpc}
  labels: {dataplatform.crossplane.io/component: network}
spec:
  forProvider: {region: eu-west-1, cidrBlock: 10.0.0.0/16}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: InternetGateway
metadata:
  annotations: {crossplane.io/composition-resource-name: internet-gateway}
  labels: {dataplatform.crossplane.io/component: network}
spec:
  forProvider:
    region: eu-west-1
    vpcIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: RouteTable
metadata:
  annotations: {crossplane.io/composition-resource-name: route-table-public}
  labels: {{ template "labels" pair "tier" "public" }}
spec:
  forProvider:
    vpcIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: Route
metadata:
  annotations: {crossplane.io/composition-resource-name: route-public}
spec:
  forProvider:
    destinationCidrBlock: 0.0.0.0/0
    routeTableIdSelector: {matchLabels: {{ template "labels" pair "tier" "public" }}}
    gatewayIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
{{- range $zone := .Zones }}
{{- range $i, $tier := tiers }}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: Subnet
metadata:
  annotations: {crossplane.io/composition-resource-name: subnet-{{ $tier }}-{{ $zone }}}
  labels: {{ template "labels" pair "tier" $tier "zone" $zone }}
spec:
  forProvider:
    availabilityZone: {{ $zone }}
    cidrBlock: 10.0.{{ $i }}.0/24
    vpcIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: RouteTableAssociation
metadata:
  annotations: {crossplane.io/composition-resource-name: association-{{ $tier }}-{{ $zone }}}
spec:
  forProvider:
    subnetIdSelector: {matchLabels: {{ template "labels" pair "tier" $tier "zone" $zone }}}
    {{- if eq $tier "public" }}
    routeTableIdSelector: {matchLabels: {{ template "labels" pair "tier" "public" }}}
    {{- else }}
    routeTableIdSelector: {matchLabels: {{ template "labels" pair "tier" "private" "zone" $zone }}}
    {{- end }}
{{- end }}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: RouteTable
metadata:
  annotations: {crossplane.io/composition-resource-name: route-table-private-{{ $zone }}}
  labels: {{ template "labels" pair "tier" "private" "zone" $zone }}
spec:
  forProvider:
    vpcIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
{{- with index $.NAT $zone }}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: Route
metadata:
  annotations: {crossplane.io/composition-resource-name: route-private-{{ $zone }}}
spec:
  forProvider:
    destinationCidrBlock: 0.0.0.0/0
    routeTableIdSelector: {matchLabels: {{ template "labels" pair "tier" "private" "zone" $zone }}}
    natGatewayIdSelector: {matchLabels: {{ template "labels" pair "tier" "public" "zone" . }}}
{{- if eq . $zone }}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: NATGateway
metadata:
  annotations: {crossplane.io/composition-resource-name: nat-gateway-{{ $zone }}}
  labels: {{ template "labels" pair "tier" "public" "zone" $zone }}
spec:
  forProvider:
    subnetIdSelector: {matchLabels: {{ template "labels" pair "tier" "public" "zone" $zone }}}
{{- end }}
{{- end }}
{{- end }}
{{- range $component, $port := ports }}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: SecurityGroup
metadata:
  annotations: {crossplane.io/composition-resource-name: security-group-{{ $component }}}
  labels: {dataplatform.crossplane.io/component: {{ $component }}}
spec:
  forProvider:
    vpcIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: SecurityGroupRule
metadata:
  annotations: {crossplane.io/composition-resource-name: security-group-{{ $component }}-ingress}
spec:
  forProvider:
    type: ingress
    protocol: tcp
    fromPort: {{ $port }}
    toPort: {{ $port }}
    cidrBlocks: [10.0.0.0/16]
    securityGroupIdSelector: {matchLabels: {dataplatform.crossplane.io/component: {{ $component }}}}
---
apiVersion: ec2.aws.m.upbound.io/v1beta1
kind: SecurityGroupRule
metadata:
  annotations: {crossplane.io/composition-resource-name: security-group-{{ $component }}-egress}
spec:
  forProvider:
    type: egress
    protocol: "-1"
    fromPort: 0
    toPort: 0
    cidrBlocks: [0.0.0.0/0]
    securityGroupIdSelector: {matchLabels: {dataplatform.crossplane.io/component: {{ $component }}}}
---
apiVersion: {{ if eq $component "cache" }}elasticache{{ else }}rds{{ end }}.aws.m.upbound.io/v1beta1
kind: SubnetGroup
metadata:
  annotations: {crossplane.io/composition-resource-name: subnet-group-{{ $component }}}
  labels: {dataplatform.crossplane.io/component: {{ $component }}}
spec:
  forProvider:
    subnetIdSelector: {matchLabels: {{ template "labels" pair "tier" "private" }}}
{{- end }}
---
apiVersion: elasticache.aws.m.upbound.io/v1beta1
kind: ReplicationGroup
metadata:
  annotations: {crossplane.io/composition-resource-name: cache, crossplane.io/external-name: dp-shop}
spec:
  forProvider:
    region: eu-west-1
    engine: redis
    engineVersion: "7.0"
    nodeType: cache.t3.micro
    numCacheClusters: 2
    automaticFailoverEnabled: true
    multiAzEnabled: true
    atRestEncryptionEnabled: "true"
    transitEncryptionEnabled: true
    securityGroupIdSelector: {matchLabels: {dataplatform.crossplane.io/component: cache}}
    subnetGroupNameSelector: {matchLabels: {dataplatform.crossplane.io/component: cache}}
---
apiVersion: rds.aws.m.upbound.io/v1beta1
kind: Instance
metadata:
  annotations: {crossplane.io/composition-resource-name: database}
spec:
  forProvider:
    engine: postgres
    engineVersion: "15.15"
    identifier: dp-shop
    instanceClass: db.t3.micro
    allocatedStorage: 20
    storageType: gp2
    storageEncrypted: true
    multiAz: true
    backupRetentionPeriod: 7
    publiclyAccessible: false
    vpcSecurityGroupIdSelector: {matchLabels: {dataplatform.crossplane.io/component: database}}
    dbSubnetGroupNameSelector: {matchLabels: {dataplatform.crossplane.io/component: database}}
---
apiVersion: kinesis.aws.m.upbound.io/v1beta1
kind: Stream
metadata:
  annotations: {crossplane.io/composition-resource-name: stream, crossplane.io/external-name: dp-shop}
spec:
  forProvider:
    encryptionType: KMS
    retentionPeriod: 24
    shardCount: 2
    streamModeDetails: {streamMode: PROVISIONED}
{{- range members }}
---
apiVersion: cloudwatch.aws.m.upbound.io/v1beta1
kind: MetricAlarm
metadata:
  annotations: {crossplane.io/composition-resource-name: alarm-cache-{{ . }}}
spec:
  forProvider:
    namespace: AWS/ElastiCache
    metricName: CPUUtilization
    dimensions: {CacheClusterId: dp-shop-{{ . }}}
    statistic: Average
    comparisonOperator: GreaterThanThreshold
    threshold: 75
    evaluationPeriods: 2
    period: 300
{{- end }}
---
apiVersion: cloudwatch.aws.m.upbound.io/v1beta1
kind: MetricAlarm
metadata:
  annotations: {crossplane.io/composition-resource-name: alarm-database}
spec:
  forProvider:
    namespace: AWS/RDS
    metricName: CPUUtilization
    dimensions: {DBInstanceIdentifier: dp-shop}
    statistic: Average
    comparisonOperator: GreaterThanThreshold
    threshold: 80
    evaluationPeriods: 2
    period: 300
    alarmActions: [arn:aws:sns:eu-west-1:123456789012:pager]
---
apiVersion: cloudwatch.aws.m.upbound.io/v1beta1
kind: MetricAlarm
metadata:
  annotations: {crossplane.io/composition-resource-name: alarm-stream}
spec:
  forProvider:
    namespace: AWS/Kinesis
    metricName: IncomingRecords
    dimensions: {StreamName: dp-shop}
    statistic: Sum
    comparisonOperator: LessThanThreshold
    threshold: 1
    evaluationPeriods: 3
    period: 300
    treatMissingData: breaching
`

const secret = `
apiVersion: secretsmanager.aws.m.upbound.io/v1beta1
kind: Secret
metadata:
  annotations: {crossplane.io/composition-resource-name: credentials}
spec:
  forProvider: {region: eu-west-1, name: dp-shop-credentials}
`

// A Kubernetes Secret is no resource of AWS.
const connection = `
apiVersion: v1
kind: Secret
metadata:
  annotations: {crossplane.io/composition-resource-name: connection}
`

// render a platform, each object under its key; the XR has none.
func render(t *testing.T, o options) map[string]string {
	t.Helper()

	funcs := template.FuncMap{
		"tiers":   func() []string { return []string{"public", "private"} },
		"ports":   func() map[string]int { return map[string]int{"cache": 6379, "database": 5432} },
		"members": func() []string { return []string{"001", "002"} },
		"pair": func(keysAndValues ...string) map[string]string {
			m := map[string]string{}
			for pair := range slices.Chunk(keysAndValues, 2) {
				m[pair[0]] = pair[1]
			}

			return m
		},
	}

	var b strings.Builder
	if err := template.Must(template.New("").Funcs(funcs).Parse(rendered)).Execute(&b, o); err != nil {
		t.Fatal(err)
	}

	docs := map[string]string{}

	for doc := range strings.SplitSeq(b.String(), "---\n") {
		_, key, _ := strings.Cut(doc, annotationKey+": ")
		key, _, _ = strings.Cut(key, "\n")
		key, _, _ = strings.Cut(strings.TrimSuffix(key, "}"), ",")
		docs[key] = doc
	}

	return docs
}

func join(docs map[string]string) []byte {
	var b strings.Builder

	for _, k := range slices.Sorted(maps.Keys(docs)) {
		b.WriteString("---\n" + docs[k])
	}

	return []byte(b.String())
}

// replace in an object, which must have what is replaced.
func replace(t *testing.T, docs map[string]string, key, from, to string) {
	t.Helper()

	if !strings.Contains(docs[key], from) {
		t.Fatalf("%s has no %q in it:\n%s", key, from, docs[key])
	}

	docs[key] = strings.ReplaceAll(docs[key], from, to)
}

var (
	routeInternet = []route{{Destination: "0.0.0.0/0", Internet: true}}
	bothZones     = []string{"eu-west-1a", "eu-west-1b"}
)

// platformOf two zones without a way out for the private subnets.
func platformOf(change func(p *platform)) *platform {
	egress := []rule{{Ports: "all", Peers: []string{"0.0.0.0/0"}}}
	p := &platform{
		Name:      "team/shop",
		Region:    "eu-west-1",
		Resources: 29,
		CIDR:      "10.0.0.0/16",
		Zones: []zone{
			{
				Name:    "eu-west-1a",
				Public:  subnet{Name: "subnet-public-eu-west-1a", CIDR: "10.0.0.0/24", Routes: routeInternet},
				Private: subnet{Name: "subnet-private-eu-west-1a", CIDR: "10.0.1.0/24"},
			},
			{
				Name:    "eu-west-1b",
				Public:  subnet{Name: "subnet-public-eu-west-1b", CIDR: "10.0.0.0/24", Routes: routeInternet},
				Private: subnet{Name: "subnet-private-eu-west-1b", CIDR: "10.0.1.0/24"},
			},
		},
		Cache: cache{
			placement: placement{Zones: bothZones, Ingress: []rule{{Ports: "tcp 6379", Peers: []string{"10.0.0.0/16"}}}, Egress: egress},
			Engine:    "redis", Version: "7.0", NodeType: "cache.t3.micro", Clusters: "2",
			Failover: true, MultiAZ: true, AtRest: true, InTransit: true,
		},
		Database: database{
			placement: placement{Zones: bothZones, Ingress: []rule{{Ports: "tcp 5432", Peers: []string{"10.0.0.0/16"}}}, Egress: egress},
			Engine:    "postgres", Version: "15.15", Class: "db.t3.micro", Storage: "20 GiB gp2",
			MultiAZ: true, Encrypted: true, BackupDays: "7",
		},
		Stream: stream{Name: "dp-shop", Mode: "PROVISIONED", Shards: "2", Retention: "24", Encrypted: "KMS"},
		Alarms: []alarm{
			{Target: targetStream, Condition: "IncomingRecords sum < 1", Periods: "3 periods of 5 min", Missing: "breaching"},
			{Target: targetCache, Members: []string{"001", "002"}, Condition: "CPUUtilization average > 75", Periods: "2 periods of 5 min"},
			{Target: targetDatabase, Condition: "CPUUtilization average > 80", Periods: "2 periods of 5 min", Actions: []string{"pager"}},
		},
	}

	if change != nil {
		change(p)
	}

	return p
}

func TestExtract(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options options
		edit    func(t *testing.T, docs map[string]string)
		want    *platform
	}{
		"Reference": {
			reason:  "Every fact comes from the composed resources.",
			options: options{Zones: bothZones},
			want:    platformOf(nil),
		},
		"ZoneOrder": {
			reason:  "The order of the resources has no meaning.",
			options: options{Zones: []string{"eu-west-1b", "eu-west-1a"}},
			want:    platformOf(nil),
		},
		"NATInOneZone": {
			reason:  "All private subnets go through the gateway that their routes select.",
			options: options{Zones: bothZones, NAT: map[string]string{"eu-west-1a": "eu-west-1a", "eu-west-1b": "eu-west-1a"}},
			want: platformOf(func(p *platform) {
				p.Resources = 32
				p.Zones[0].Public.NAT = "nat-gateway-eu-west-1a"
				p.Zones[0].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1a"}}
				p.Zones[1].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1a"}}
			}),
		},
		"NATPerZone": {
			reason:  "Each private subnet goes through its own zone's gateway.",
			options: options{Zones: bothZones, NAT: map[string]string{"eu-west-1a": "eu-west-1a", "eu-west-1b": "eu-west-1b"}},
			want: platformOf(func(p *platform) {
				p.Resources = 33
				p.Zones[0].Public.NAT = "nat-gateway-eu-west-1a"
				p.Zones[1].Public.NAT = "nat-gateway-eu-west-1b"
				p.Zones[0].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1a"}}
				p.Zones[1].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1b"}}
			}),
		},
		"Claim": {
			reason:  "A developer knows the claim's name, not the XR's.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "", "{namespace: team, name: shop}", "{name: shop-x7k2p}")
				replace(t, docs, "", "{region: eu-west-1}", "{claimRef: {namespace: team, name: shop}}")
			},
			want: platformOf(nil),
		},
		"OnDemandStream": {
			reason:  "A stream on demand has no number of shards.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "stream", "PROVISIONED", "ON_DEMAND")
				replace(t, docs, "stream", "    shardCount: 2\n", "")
			},
			want: platformOf(func(p *platform) {
				p.Stream.Mode, p.Stream.Shards = "ON_DEMAND", ""
			}),
		},
		"Secrets": {
			reason:  "A secret of Secrets Manager is drawn, a Kubernetes Secret is not.",
			options: options{Zones: bothZones},
			edit: func(_ *testing.T, docs map[string]string) {
				docs["credentials"] = secret
				docs["connection"] = connection
			},
			want: platformOf(func(p *platform) {
				p.Resources = 31
				p.Secrets = []string{"dp-shop-credentials"}
			}),
		},
		"SecurityGroupAsSource": {
			reason:  "A rule may name a security group instead of addresses.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "security-group-cache-ingress", "cidrBlocks: [10.0.0.0/16]",
					"sourceSecurityGroupIdSelector: {matchLabels: {dataplatform.crossplane.io/component: database}}")
			},
			want: platformOf(func(p *platform) {
				p.Cache.Ingress[0].Peers = []string{"security-group-database"}
			}),
		},
		"AlarmsThatDiffer": {
			reason:  "Only alarms alike are drawn as one.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "alarm-cache-002", "threshold: 75", "threshold: 75.5")
			},
			want: platformOf(func(p *platform) {
				other := p.Alarms[1]
				p.Alarms[1].Members = []string{"001"}
				other.Members = []string{"002"}
				other.Condition = "CPUUtilization average > 75.5"
				p.Alarms = slices.Insert(p.Alarms, 2, other)
			}),
		},
		"PrivateSubnetOnPublicTable": {
			reason:  "A private subnet with a way to the internet is wrong, whatever it is called.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "association-private-eu-west-1b", "routeTableIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network, dataplatform.crossplane.io/tier: private, dataplatform.crossplane.io/zone: eu-west-1b}}",
					"routeTableIdSelector: {matchLabels: {dataplatform.crossplane.io/tier: public}}")
			},
			want: platformOf(func(p *platform) {
				p.Zones[1].Private.Routes = routeInternet
				p.Wrong = []string{"subnet-private-eu-west-1b is called private, and has a route to the internet gateway"}
			}),
		},
		"PrivateTableWithInternetRoute": {
			reason:  "The route may be in the private subnet's own table.",
			options: options{Zones: bothZones, NAT: map[string]string{"eu-west-1a": "eu-west-1a"}},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "route-private-eu-west-1a", "natGatewayIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network, dataplatform.crossplane.io/tier: public, dataplatform.crossplane.io/zone: eu-west-1a}}",
					"gatewayIdSelector: {matchLabels: {dataplatform.crossplane.io/component: network}}")
			},
			want: platformOf(func(p *platform) {
				p.Resources = 31
				p.Zones[0].Public.NAT = "nat-gateway-eu-west-1a"
				p.Zones[0].Private.Routes = routeInternet
				p.Wrong = []string{"subnet-private-eu-west-1a is called private, and has a route to the internet gateway"}
			}),
		},
		"PublicSubnetsWithoutRoute": {
			reason:  "A subnet without a way to the internet is not public, and a NAT gateway in it is of no use.",
			options: options{Zones: bothZones, NAT: map[string]string{"eu-west-1a": "eu-west-1a"}},
			edit: func(_ *testing.T, docs map[string]string) {
				delete(docs, "route-public")
			},
			want: platformOf(func(p *platform) {
				p.Resources = 30
				p.Zones[0].Public.NAT = "nat-gateway-eu-west-1a"
				p.Zones[0].Public.Routes = nil
				p.Zones[1].Public.Routes = nil
				p.Zones[0].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1a"}}
				p.Wrong = []string{
					"subnet-public-eu-west-1a is called public, and has no route to the internet gateway",
					"nat-gateway-eu-west-1a has no way to the internet: subnet-public-eu-west-1a, which it is in, has no route to the internet gateway",
					"subnet-public-eu-west-1b is called public, and has no route to the internet gateway",
				}
			}),
		},
		"DatabaseInPublicSubnet": {
			reason:  "A subnet group that loses its tier takes in the public subnets.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "subnet-group-database", ", dataplatform.crossplane.io/tier: private", "")
			},
			want: platformOf(func(p *platform) {
				p.Wrong = []string{
					"subnet-group-database has subnet-public-eu-west-1a in it, which is not a private subnet",
					"subnet-group-database has subnet-public-eu-west-1b in it, which is not a private subnet",
				}
			}),
		},
		"CacheInOneZone": {
			reason:  "A subnet group that leaves out a zone keeps the cache from surviving the other.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "subnet-group-cache", "tier: private", "tier: private, dataplatform.crossplane.io/zone: eu-west-1a")
			},
			want: platformOf(func(p *platform) {
				p.Cache.Zones = []string{"eu-west-1a"}
				p.Wrong = []string{"subnet-group-cache leaves out subnet-private-eu-west-1b"}
			}),
		},
		"AlarmOnNothing": {
			reason:  "CloudWatch never reports on a dimension that no resource has.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "alarm-database", "DBInstanceIdentifier: dp-shop", "DBClusterIdentifier: dp-shop")
			},
			want: platformOf(func(p *platform) {
				unknown := p.Alarms[2]
				unknown.Target = targetUnknown
				p.Alarms = []alarm{unknown, p.Alarms[0], p.Alarms[1]}
				p.Wrong = []string{"alarm-database watches nothing of the platform"}
			}),
		},
		"AlarmOnReplicationGroup": {
			reason:  "ElastiCache has no CPU metric of a replication group.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				delete(docs, "alarm-cache-002")
				replace(t, docs, "alarm-cache-001", "CacheClusterId: dp-shop-001", "ReplicationGroupId: dp-shop")
			},
			want: platformOf(func(p *platform) {
				p.Resources = 28
				unknown := p.Alarms[1]
				unknown.Target, unknown.Members = targetUnknown, nil
				p.Alarms = []alarm{unknown, p.Alarms[0], p.Alarms[2]}
				p.Wrong = []string{"alarm-cache-001 watches nothing of the platform"}
			}),
		},
		"AnotherRegion": {
			reason:  "Everything is in one region.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "cache", "region: eu-west-1", "region: us-east-1")
			},
			want: platformOf(func(p *platform) {
				p.Wrong = []string{"cache is in us-east-1, not in eu-west-1"}
			}),
		},
		"PublicDatabase": {
			reason:  "A database that is accessible from the internet is wrong.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "database", "publiclyAccessible: false", "publiclyAccessible: true")
			},
			want: platformOf(func(p *platform) {
				p.Wrong = []string{"database is publicly accessible"}
			}),
		},
		"OneMultiAZSwitchOff": {
			reason:  "Both switches of the cache and the database's are shown as they are.",
			options: options{Zones: bothZones},
			edit: func(t *testing.T, docs map[string]string) {
				t.Helper()
				replace(t, docs, "cache", "automaticFailoverEnabled: true", "automaticFailoverEnabled: false")
				replace(t, docs, "database", "multiAz: true", "multiAz: false")
			},
			want: platformOf(func(p *platform) {
				p.Cache.Failover = false
				p.Database.MultiAZ = false
			}),
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			docs := render(t, tc.options)
			if tc.edit != nil {
				tc.edit(t, docs)
			}

			got, err := extract(join(docs))
			if err != nil {
				t.Fatalf("%s\nextract(): %v", tc.reason, err)
			}

			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(cache{}, database{})); diff != "" {
				t.Errorf("%s\nextract(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestExtractFails(t *testing.T) {
	type edit struct{ key, from, to string }

	cases := map[string]struct {
		reason string
		drop   []string
		edit   edit
		want   string
	}{
		"NoXR": {
			reason: "The picture's title is the XR's name.",
			drop:   []string{""},
			want:   "got 0 objects without the annotation crossplane.io/composition-resource-name; want one, the platform itself",
		},
		"NotYAML": {
			reason: "The error says where.",
			edit:   edit{"vpc", "kind: VPC", "kind: [VPC"},
			want:   "YAML document 30: ",
		},
		"NoVPC": {
			reason: "What others select is missing as well.",
			drop:   []string{"vpc"},
			want:   "there is no VPC of ec2.aws.m.upbound.io",
		},
		"NoInternetGateway": {
			reason: "Without it nothing is public.",
			drop:   []string{"internet-gateway"},
			want:   "there is no InternetGateway of ec2.aws.m.upbound.io",
		},
		"NoCache": {
			reason: "It is a part of every platform.",
			drop:   []string{"cache"},
			want:   "there is no ReplicationGroup of elasticache.aws.m.upbound.io",
		},
		"NoDatabase": {
			reason: "It is a part of every platform.",
			drop:   []string{"database"},
			want:   "there is no Instance of rds.aws.m.upbound.io",
		},
		"NoStream": {
			reason: "It is a part of every platform.",
			drop:   []string{"stream"},
			want:   "there is no Stream of kinesis.aws.m.upbound.io",
		},
		"NoAlarms": {
			reason: "They are a part of every platform.",
			drop:   []string{"alarm-cache-001", "alarm-cache-002", "alarm-database", "alarm-stream"},
			want:   "there is no MetricAlarm of cloudwatch.aws.m.upbound.io",
		},
		"NoPrivateSubnet": {
			reason: "Each zone has one.",
			drop:   []string{"subnet-private-eu-west-1b", "association-private-eu-west-1b"},
			want:   "eu-west-1b has no private subnet",
		},
		"NoPublicSubnet": {
			reason: "Each zone has one.",
			drop:   []string{"subnet-public-eu-west-1b", "association-public-eu-west-1b"},
			want:   "eu-west-1b has no public subnet",
		},
		"NoAssociation": {
			reason: "A subnet without one uses the VPC's main route table, of which nothing is known.",
			drop:   []string{"association-private-eu-west-1a"},
			want:   "subnet-private-eu-west-1a has no route table: no RouteTableAssociation selects it",
		},
		"TwoAssociations": {
			reason: "AWS has one route table for each subnet.",
			edit:   edit{"association-private-eu-west-1b", "eu-west-1b}", "eu-west-1a}"},
			want:   "subnet-private-eu-west-1a has 2 route tables: route-table-private-eu-west-1a, route-table-private-eu-west-1a",
		},
		"NoRouteTable": {
			reason: "A selector that selects nothing never resolves.",
			drop:   []string{"route-table-private-eu-west-1a"},
			want:   "association-private-eu-west-1a: routeTableIdSelector selects no RouteTable",
		},
		"AmbiguousSelector": {
			reason: "A selector that selects more than one resolves to any of them.",
			edit:   edit{"association-private-eu-west-1a", "tier: private, dataplatform.crossplane.io/zone: eu-west-1a", "tier: private"},
			want:   "association-private-eu-west-1a: subnetIdSelector selects 2 resources of kind Subnet: subnet-private-eu-west-1a, subnet-private-eu-west-1b",
		},
		"NoSelector": {
			reason: "Where a resource belongs is never guessed from its name.",
			edit:   edit{"internet-gateway", "vpcIdSelector", "vpcIdRef"},
			want:   "internet-gateway has no vpcIdSelector with matchLabels",
		},
		"RouteToElsewhere": {
			reason: "A way out that is not drawn would be a lie.",
			edit:   edit{"route-public", "gatewayIdSelector", "transitGatewayIdSelector"},
			want:   "route-public has neither gatewayIdSelector nor natGatewayIdSelector",
		},
		"RouteWithoutDestination": {
			reason: "A route goes somewhere.",
			edit:   edit{"route-public", "destinationCidrBlock", "destination"},
			want:   "route-public has no destinationCidrBlock",
		},
		"NoTier": {
			reason: "Nothing says whether the subnet should be private.",
			edit:   edit{"subnet-private-eu-west-1a", ", dataplatform.crossplane.io/tier: private", ""},
			want:   `subnet-private-eu-west-1a has the label dataplatform.crossplane.io/tier=""; want public or private`,
		},
		"NoIngressRule": {
			reason: "Nobody could reach the database.",
			drop:   []string{"security-group-database-ingress"},
			want:   "database has no ingress rule: no SecurityGroupRule of its security group is one",
		},
		"NoSecurityGroup": {
			reason: "Nobody could reach the cache.",
			drop:   []string{"security-group-cache"},
			want:   "cache: securityGroupIdSelector selects no SecurityGroup",
		},
		"NoSource": {
			reason: "A rule lets someone in.",
			edit:   edit{"security-group-cache-ingress", "cidrBlocks", "blocks"},
			want:   "security-group-cache-ingress has neither cidrBlocks nor sourceSecurityGroupIdSelector",
		},
		"NoSubnetGroup": {
			reason: "Nothing says where the database is.",
			drop:   []string{"subnet-group-database"},
			want:   "database: dbSubnetGroupNameSelector selects no SubnetGroup",
		},
		"NoField": {
			reason: "The error names the resource and the field.",
			edit:   edit{"subnet-public-eu-west-1a", "cidrBlock:", "block:"},
			want:   "subnet-public-eu-west-1a has no cidrBlock",
		},
		"NoStreamMode": {
			reason: "The error names the resource and the field.",
			edit:   edit{"stream", "streamMode:", "mode:"},
			want:   "stream has no streamModeDetails.streamMode",
		},
		"NoStreamName": {
			reason: "The stream's alarm could not be told from another's.",
			edit:   edit{"stream", ", crossplane.io/external-name: dp-shop", ""},
			want:   "stream has no annotation crossplane.io/external-name",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			docs := render(t, options{Zones: bothZones})
			for _, key := range tc.drop {
				delete(docs, key)
			}

			if tc.edit.key != "" {
				replace(t, docs, tc.edit.key, tc.edit.from, tc.edit.to)
			}

			_, err := extract(join(docs))
			if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(l string) bool { return strings.HasPrefix(l, tc.want) }) {
				t.Errorf("%s\nextract(): want an error with the line %q, got:\n%v", tc.reason, tc.want, err)
			}
		})
	}
}

func TestExtractTwice(t *testing.T) {
	cases := map[string]struct {
		reason string
		key    string
		want   string
	}{
		"VPC": {
			reason: "The picture is of one VPC.",
			key:    "vpc",
			want:   "there are 2 resources of kind VPC: vpc, vpc-2",
		},
		"NATGateway": {
			reason: "Only one of the two would be drawn.",
			key:    "nat-gateway-eu-west-1a",
			want:   "subnet-public-eu-west-1a has two NAT gateways: nat-gateway-eu-west-1a, nat-gateway-eu-west-1a-2",
		},
		"Subnet": {
			reason: "Only one of the two would be drawn.",
			key:    "subnet-private-eu-west-1a",
			want:   "eu-west-1a has two subnets of one tier: subnet-private-eu-west-1a, subnet-private-eu-west-1a-2",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			docs := render(t, options{Zones: bothZones, NAT: every(bothZones, "eu-west-1a")})
			docs[tc.key+"-2"] = strings.Replace(docs[tc.key], tc.key, tc.key+"-2", 1)

			_, err := extract(join(docs))
			if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), tc.want) {
				t.Errorf("%s\nextract(): want an error with the line %q, got:\n%v", tc.reason, tc.want, err)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	operators := map[string]string{
		"GreaterThanThreshold":          ">",
		"GreaterThanOrEqualToThreshold": "≥",
		"LessThanThreshold":             "<",
		"LessThanOrEqualToThreshold":    "≤",
		"LessThanLowerThreshold":        "LessThanLowerThreshold",
	}
	for in, want := range operators {
		if got := operator(in); got != want {
			t.Errorf("operator(%q): want %q, got %q", in, want, got)
		}
	}

	periods := map[string]string{"300": "5 min", "60": "1 min", "90": "90 s", "10": "10 s"}
	for in, want := range periods {
		if got := minutes(in); got != want {
			t.Errorf("minutes(%q): want %q, got %q", in, want, got)
		}
	}
}

func TestExtractNothing(t *testing.T) {
	for _, in := range []string{"", "---\n", "kind: XDataPlatform"} {
		if _, err := extract([]byte(in)); err == nil {
			t.Errorf("extract(%q): want an error, got none", in)
		}
	}
}
