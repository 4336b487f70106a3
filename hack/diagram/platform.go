package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A platform is what the picture shows, as the composed resources say it.
type platform struct {
	Name      string
	Region    string
	Resources int
	CIDR      string
	Zones     []zone
	Cache     cache
	Database  database
	Stream    stream
	Alarms    []alarm
	Secrets   []string

	// Wrong is what contradicts itself or keeps the platform from working.
	Wrong []string
}

type zone struct {
	Name    string
	Public  subnet
	Private subnet
}

// A subnet is called public or private by its label. What it is, its routes tell.
type subnet struct {
	Name   string
	CIDR   string
	Routes []route

	// NAT is the key of the NAT gateway in the subnet.
	NAT string
}

// A route out of a subnet goes to an internet gateway or to a NAT gateway.
type route struct {
	Destination string
	Internet    bool

	// NATZone is where the NAT gateway is.
	NATZone string
}

// public tells whether the subnet's own routes reach the internet gateway, which
// is what makes a subnet public.
func (s subnet) public() bool {
	return slices.ContainsFunc(s.Routes, func(r route) bool { return r.Internet })
}

// strandsNAT tells whether the subnet has a NAT gateway with no way to the internet.
func (s subnet) strandsNAT() bool {
	return s.NAT != "" && !s.public()
}

type cache struct {
	placement

	Engine    string
	Version   string
	NodeType  string
	Clusters  string
	Failover  bool
	MultiAZ   bool
	AtRest    bool
	InTransit bool
	Token     bool
}

type database struct {
	placement

	Engine     string
	Version    string
	Class      string
	Storage    string
	MultiAZ    bool
	Encrypted  bool
	BackupDays string
}

// A placement is where in the network a resource is and who may talk to it.
type placement struct {
	// Zones of the subnets of its subnet group.
	Zones   []string
	Ingress []rule
	Egress  []rule
}

// A rule of a security group.
type rule struct {
	Ports string
	Peers []string
}

type stream struct {
	Name      string
	Mode      string
	Shards    string
	Retention string
	Encrypted string
}

// What an alarm watches.
const (
	targetCache    = "cache"
	targetDatabase = "database"
	targetStream   = "stream"
	targetUnknown  = "unknown"
)

type alarm struct {
	Target string

	// Members are the cache's clusters that alarms alike watch, each one alarm.
	Members []string

	Condition string
	Periods   string
	Missing   string
	Actions   []string
}

// Tiers of a subnet, as its label says.
const (
	tierPublic  = "public"
	tierPrivate = "private"
)

// An extraction makes a platform of the composed resources.
type extraction struct {
	*reader

	platform *platform
	vpc      object

	// zoneOf and subnets are by the subnet's key.
	zoneOf  map[string]string
	subnets map[string]*subnet
}

// extract reads what make render prints.
func extract(rendered []byte) (*platform, error) {
	r, err := read(rendered)
	if err != nil {
		return nil, err
	}

	e := &extraction{
		reader:   r,
		platform: &platform{Name: name(r.xr), Resources: len(r.composed)},
		vpc:      r.only(groupEC2, "VPC"),
		zoneOf:   map[string]string{},
		subnets:  map[string]*subnet{},
	}

	e.network()
	e.cache()
	e.database()
	e.stream()
	e.alarms()

	for _, s := range e.all(groupSecretsManager, "Secret") {
		e.platform.Secrets = append(e.platform.Secrets, e.text(s, "name"))
	}

	e.checkRegion()

	if err := e.err(); err != nil {
		return nil, err
	}

	return e.platform, nil
}

// name is how the developer calls the platform: the XR's or the claim's name.
func name(xr object) string {
	m := xr.Metadata
	if xr.Spec.ClaimRef.Name != "" {
		m = xr.Spec.ClaimRef
	}

	if m.Namespace == "" {
		return m.Name
	}

	return m.Namespace + "/" + m.Name
}

func (e *extraction) wrongf(format string, args ...any) {
	e.platform.Wrong = append(e.platform.Wrong, fmt.Sprintf(format, args...))
}

func (e *extraction) network() {
	e.platform.Region = e.text(e.vpc, "region")
	e.platform.CIDR = e.text(e.vpc, "cidrBlock")

	e.only(groupEC2, "InternetGateway")

	for _, kind := range []string{"InternetGateway", "RouteTable", "SecurityGroup", "Subnet"} {
		for _, o := range e.all(groupEC2, kind) {
			e.one(o, "vpcIdSelector", groupEC2, "VPC")
		}
	}

	subnets := e.some(groupEC2, "Subnet")
	for _, s := range subnets {
		e.zoneOf[s.key()] = e.text(s, "availabilityZone")
		e.subnets[s.key()] = &subnet{Name: s.key(), CIDR: e.text(s, "cidrBlock")}
	}

	e.natGateways()
	e.routes()
	e.zones(subnets)
}

// natGateways puts each NAT gateway into its subnet.
func (e *extraction) natGateways() {
	for _, gateway := range e.all(groupEC2, "NATGateway") {
		s := e.subnets[e.one(gateway, "subnetIdSelector", groupEC2, "Subnet").key()]
		if s == nil {
			continue
		}

		if s.NAT != "" {
			e.failf("%s has two NAT gateways: %s, %s", s.Name, s.NAT, gateway.key())
		}

		s.NAT = gateway.key()
	}
}

// routes gives each subnet the routes of the route table that it is associated with.
func (e *extraction) routes() {
	byTable := map[string][]route{}

	for _, o := range e.all(groupEC2, "Route") {
		table := e.one(o, "routeTableIdSelector", groupEC2, "RouteTable")
		byTable[table.key()] = append(byTable[table.key()], e.route(o))
	}

	tables := map[string][]string{}

	for _, o := range e.all(groupEC2, "RouteTableAssociation") {
		s := e.one(o, "subnetIdSelector", groupEC2, "Subnet").key()
		table := e.one(o, "routeTableIdSelector", groupEC2, "RouteTable").key()
		tables[s] = append(tables[s], table)
	}

	for _, key := range slices.Sorted(maps.Keys(e.subnets)) {
		switch found := tables[key]; len(found) {
		case 0:
			e.failf("%s has no route table: no RouteTableAssociation selects it", key)
		case 1:
			e.subnets[key].Routes = byTable[found[0]]
		default:
			e.failf("%s has %d route tables: %s", key, len(found), strings.Join(found, ", "))
		}
	}
}

func (e *extraction) route(o object) route {
	r := route{Destination: optional(o, "destinationCidrBlock")}
	if r.Destination == "" {
		r.Destination = optional(o, "destinationIpv6CidrBlock")
	}

	if r.Destination == "" {
		e.failf("%s has no destinationCidrBlock", o.key())
	}

	switch {
	case o.has("gatewayIdSelector"):
		e.one(o, "gatewayIdSelector", groupEC2, "InternetGateway")
		r.Internet = true
	case o.has("natGatewayIdSelector"):
		gateway := e.one(o, "natGatewayIdSelector", groupEC2, "NATGateway")
		if gateway.key() != "" {
			r.NATZone = e.zoneOf[e.one(gateway, "subnetIdSelector", groupEC2, "Subnet").key()]
		}
	default:
		e.failf("%s has neither gatewayIdSelector nor natGatewayIdSelector", o.key())
	}

	return r
}

// zones puts the subnets into their zones, by the tier that their labels say.
func (e *extraction) zones(subnets []object) {
	byZone := map[string]*zone{}

	for _, o := range subnets {
		name := e.zoneOf[o.key()]
		if byZone[name] == nil {
			byZone[name] = &zone{Name: name}
		}

		s := e.subnets[o.key()]
		place := &byZone[name].Public

		switch tier := o.Metadata.Labels[labelTier]; tier {
		case tierPublic:
			if !s.public() {
				e.wrongf("%s is called public, and has no route to the internet gateway", s.Name)
			}
		case tierPrivate:
			place = &byZone[name].Private

			if s.public() {
				e.wrongf("%s is called private, and has a route to the internet gateway", s.Name)
			}
		default:
			e.failf("%s has the label %s=%q; want %s or %s", o.key(), labelTier, tier, tierPublic, tierPrivate)
		}

		if s.strandsNAT() {
			e.wrongf("%s has no way to the internet: %s, which it is in, has no route to the internet gateway", s.NAT, s.Name)
		}

		if place.Name != "" {
			e.failf("%s has two subnets of one tier: %s, %s", name, place.Name, s.Name)
		}

		*place = *s
	}

	for _, name := range slices.Sorted(maps.Keys(byZone)) {
		z := *byZone[name]

		if z.Public.Name == "" {
			e.failf("%s has no public subnet", name)
		}

		if z.Private.Name == "" {
			e.failf("%s has no private subnet", name)
		}

		e.platform.Zones = append(e.platform.Zones, z)
	}
}

func (e *extraction) cache() {
	o := e.only(groupElastiCache, "ReplicationGroup")
	e.platform.Cache = cache{
		placement: e.placement(o, "subnetGroupNameSelector", groupElastiCache, "securityGroupIdSelector"),
		Engine:    e.text(o, "engine"),
		Version:   e.text(o, "engineVersion"),
		NodeType:  e.text(o, "nodeType"),
		Clusters:  e.text(o, "numCacheClusters"),
		Failover:  enabled(o, "automaticFailoverEnabled"),
		MultiAZ:   enabled(o, "multiAzEnabled"),
		AtRest:    enabled(o, "atRestEncryptionEnabled"),
		InTransit: enabled(o, "transitEncryptionEnabled"),
		Token:     o.has("authTokenSecretRef"),
	}
}

func (e *extraction) database() {
	o := e.only(groupRDS, "Instance")
	e.platform.Database = database{
		placement:  e.placement(o, "dbSubnetGroupNameSelector", groupRDS, "vpcSecurityGroupIdSelector"),
		Engine:     e.text(o, "engine"),
		Version:    e.text(o, "engineVersion"),
		Class:      e.text(o, "instanceClass"),
		Storage:    strings.TrimSpace(e.text(o, "allocatedStorage") + " GiB " + optional(o, "storageType")),
		MultiAZ:    enabled(o, "multiAz"),
		Encrypted:  enabled(o, "storageEncrypted"),
		BackupDays: optional(o, "backupRetentionPeriod"),
	}

	if enabled(o, "publiclyAccessible") {
		e.wrongf("%s is publicly accessible", o.key())
	}
}

// placement finds the subnets and the security group rules of o.
func (e *extraction) placement(o object, subnetGroup, group, securityGroups string) placement {
	var p placement

	if o.key() == "" {
		// Reported already.
		return p
	}

	if sg := e.one(o, subnetGroup, group, "SubnetGroup"); sg.key() != "" {
		p.Zones = e.subnetGroup(sg)
	}

	for _, sg := range e.selected(o, securityGroups, groupEC2, "SecurityGroup") {
		for _, rule := range e.all(groupEC2, "SecurityGroupRule") {
			if e.one(rule, "securityGroupIdSelector", groupEC2, "SecurityGroup").key() != sg.key() {
				continue
			}

			switch t := e.text(rule, "type"); t {
			case "ingress":
				p.Ingress = append(p.Ingress, e.rule(rule))
			case "egress":
				p.Egress = append(p.Egress, e.rule(rule))
			default:
				e.failf("%s is of type %q; want ingress or egress", rule.key(), t)
			}
		}
	}

	if len(p.Ingress) == 0 {
		e.failf("%s has no ingress rule: no SecurityGroupRule of its security group is one", o.key())
	}

	return p
}

// subnetGroup is the zones of a subnet group, which should be the private subnets
// of every zone.
func (e *extraction) subnetGroup(group object) []string {
	subnets := e.selected(group, "subnetIdSelector", groupEC2, "Subnet")
	zones := make([]string, 0, len(subnets))
	has := map[string]bool{}

	for _, s := range subnets {
		has[s.key()] = true
		zones = append(zones, e.zoneOf[s.key()])

		if s.Metadata.Labels[labelTier] != tierPrivate {
			e.wrongf("%s has %s in it, which is not a private subnet", group.key(), s.key())
		}
	}

	for _, z := range e.platform.Zones {
		if z.Private.Name != "" && !has[z.Private.Name] {
			e.wrongf("%s leaves out %s", group.key(), z.Private.Name)
		}
	}

	slices.Sort(zones)

	return slices.Compact(zones)
}

func (e *extraction) rule(o object) rule {
	r := rule{Peers: append(texts(o, "cidrBlocks"), texts(o, "ipv6CidrBlocks")...)}

	if o.has("sourceSecurityGroupIdSelector") {
		r.Peers = append(r.Peers, e.one(o, "sourceSecurityGroupIdSelector", groupEC2, "SecurityGroup").key())
	}

	if len(r.Peers) == 0 {
		e.failf("%s has neither cidrBlocks nor sourceSecurityGroupIdSelector", o.key())
	}

	protocol, from, to := e.text(o, "protocol"), e.text(o, "fromPort"), e.text(o, "toPort")

	switch {
	case protocol == "-1":
		r.Ports = "all"
	case from == to:
		r.Ports = protocol + " " + from
	default:
		r.Ports = protocol + " " + from + "-" + to
	}

	return r
}

func (e *extraction) stream() {
	o := e.only(groupKinesis, "Stream")
	s := stream{
		Name:      e.annotation(o, annotationExternalName),
		Shards:    optional(o, "shardCount"),
		Retention: e.text(o, "retentionPeriod"),
		Encrypted: optional(o, "encryptionType"),
	}

	details, _ := o.Spec.ForProvider["streamModeDetails"].(map[string]any)

	s.Mode = scalar(details["streamMode"])
	if s.Mode == "" && o.key() != "" {
		e.failf("%s has no streamModeDetails.streamMode", o.key())
	}

	e.platform.Stream = s
}

func (e *extraction) alarms() {
	for _, o := range e.some(groupCloudWatch, "MetricAlarm") {
		a := alarm{
			Condition: strings.Join([]string{
				e.text(o, "metricName"), strings.ToLower(e.text(o, "statistic")), operator(e.text(o, "comparisonOperator")), e.text(o, "threshold"),
			}, " "),
			Periods: e.text(o, "evaluationPeriods") + " periods of " + minutes(e.text(o, "period")),
			Missing: optional(o, "treatMissingData"),
		}

		for _, arn := range texts(o, "alarmActions") {
			// The name is what an ARN ends with.
			a.Actions = append(a.Actions, arn[strings.LastIndex(arn, ":")+1:])
		}

		var member string

		a.Target, member = e.target(o)

		alike := slices.IndexFunc(e.platform.Alarms, func(b alarm) bool {
			return a.Target == b.Target && a.Condition == b.Condition && a.Periods == b.Periods &&
				a.Missing == b.Missing && slices.Equal(a.Actions, b.Actions)
		})

		if alike < 0 || member == "" {
			if member != "" {
				a.Members = []string{member}
			}

			e.platform.Alarms = append(e.platform.Alarms, a)

			continue
		}

		e.platform.Alarms[alike].Members = append(e.platform.Alarms[alike].Members, member)
	}

	order := []string{targetUnknown, targetStream, targetCache, targetDatabase}

	slices.SortStableFunc(e.platform.Alarms, func(a, b alarm) int {
		return cmp.Compare(slices.Index(order, a.Target), slices.Index(order, b.Target))
	})
}

// target of an alarm, which its dimension names the way AWS knows it, and of a
// cache the member.
func (e *extraction) target(o object) (string, string) {
	dimensions, _ := o.Spec.ForProvider["dimensions"].(map[string]any)

	if len(dimensions) == 1 {
		for dimension, v := range dimensions {
			value := scalar(v)

			switch namespace := optional(o, "namespace"); {
			case namespace == "AWS/Kinesis" && dimension == "StreamName" && value == e.streamName():
				return targetStream, ""
			case namespace == "AWS/RDS" && dimension == "DBInstanceIdentifier" && value == e.databaseID():
				return targetDatabase, ""
			case namespace == "AWS/ElastiCache" && dimension == "CacheClusterId":
				if member, ok := strings.CutPrefix(value, e.cacheID()+"-"); ok {
					return targetCache, member
				}
			}
		}
	}

	e.wrongf("%s watches nothing of the platform", o.key())

	return targetUnknown, ""
}

func (e *extraction) streamName() string {
	return externalName(e.all(groupKinesis, "Stream"))
}

func (e *extraction) cacheID() string {
	return externalName(e.all(groupElastiCache, "ReplicationGroup"))
}

func (e *extraction) databaseID() string {
	for _, o := range e.all(groupRDS, "Instance") {
		return optional(o, "identifier")
	}

	return ""
}

func externalName(os []object) string {
	for _, o := range os {
		return o.Metadata.Annotations[annotationExternalName]
	}

	return ""
}

// minutes is a number of seconds as people say it.
func minutes(seconds string) string {
	n, err := strconv.Atoi(seconds)
	if err != nil || n%60 != 0 {
		return seconds + " s"
	}

	return strconv.Itoa(n/60) + " min"
}

func operator(name string) string {
	switch name {
	case "GreaterThanThreshold":
		return ">"
	case "GreaterThanOrEqualToThreshold":
		return "≥"
	case "LessThanThreshold":
		return "<"
	case "LessThanOrEqualToThreshold":
		return "≤"
	default:
		return name
	}
}

// checkRegion finds resources outside of the platform's region.
func (e *extraction) checkRegion() {
	for _, o := range e.composed {
		if region := optional(o, "region"); region != "" && region != e.platform.Region {
			e.wrongf("%s is in %s, not in %s", o.key(), region, e.platform.Region)
		}
	}
}
