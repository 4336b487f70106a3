package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// NATGateways says how the private subnets reach the internet.
// +kubebuilder:validation:Enum=None;Single;PerZone
type NATGateways string

// Ways out of the private subnets.
const (
	// NATGatewaysNone leaves the private subnets without a way out.
	NATGatewaysNone NATGateways = "None"
	// NATGatewaysSingle routes every private subnet through one NAT gateway
	// in the first zone.
	NATGatewaysSingle NATGateways = "Single"
	// NATGatewaysPerZone routes each private subnet through a NAT gateway in
	// its own zone.
	NATGatewaysPerZone NATGateways = "PerZone"
)

// StreamMode is a Kinesis stream's capacity mode.
// +kubebuilder:validation:Enum=PROVISIONED;ON_DEMAND
type StreamMode string

// Capacity modes of a stream.
const (
	// StreamModeProvisioned has the number of shards asked for.
	StreamModeProvisioned StreamMode = "PROVISIONED"
	// StreamModeOnDemand lets AWS choose the number of shards.
	StreamModeOnDemand StreamMode = "ON_DEMAND"
)

// ShardLevelMetric is an enhanced metric of a Kinesis stream.
// +kubebuilder:validation:Enum=IncomingBytes;IncomingRecords;OutgoingBytes;OutgoingRecords;WriteProvisionedThroughputExceeded;ReadProvisionedThroughputExceeded;IteratorAgeMilliseconds
type ShardLevelMetric string

// CacheAuthentication is how a client proves itself to the cache.
// +kubebuilder:validation:Enum=None;Token
type CacheAuthentication string

// Ways to authenticate to the cache.
const (
	// CacheAuthenticationNone lets every client in the VPC connect.
	CacheAuthenticationNone CacheAuthentication = "None"
	// CacheAuthenticationToken asks for a generated token.
	CacheAuthenticationToken CacheAuthentication = "Token"
)

// StorageType is the EBS volume type behind the database.
// +kubebuilder:validation:Enum=gp2;gp3
type StorageType string

// A DatabaseIdentifier is a name in PostgreSQL: a letter, then letters, digits and
// underscores, at most 63, and none of PostgreSQL's reserved words. AWS compares without
// regard to case.
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_]*$`
// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii() in ['all', 'analyse', 'analyze', 'and', 'any', 'array', 'as', 'asc', 'asymmetric', 'authorization', 'binary', 'both', 'case', 'cast', 'check', 'collate', 'collation', 'column', 'concurrently', 'constraint', 'create', 'cross', 'current_catalog', 'current_date', 'current_role', 'current_schema', 'current_time', 'current_timestamp', 'current_user', 'default', 'deferrable', 'desc', 'distinct', 'do', 'else', 'end', 'except', 'false', 'fetch', 'for', 'foreign', 'freeze', 'from', 'full', 'grant', 'group', 'having', 'ilike', 'in', 'initially', 'inner', 'intersect', 'into', 'is', 'isnull', 'join', 'lateral', 'leading', 'left', 'like', 'limit', 'localtime', 'localtimestamp', 'natural', 'not', 'notnull', 'null', 'offset', 'on', 'only', 'or', 'order', 'outer', 'overlaps', 'placing', 'primary', 'references', 'returning', 'right', 'select', 'session_user', 'similar', 'some', 'symmetric', 'system_user', 'table', 'tablesample', 'then', 'to', 'trailing', 'true', 'union', 'unique', 'user', 'using', 'variadic', 'verbose', 'when', 'where', 'window', 'with'])",message="a reserved word of PostgreSQL can't be a name: choose another, such as platform"
type DatabaseIdentifier = string

// Credentials says who makes the database's password.
// +kubebuilder:validation:Enum=Generated;ManagedByRDS
type Credentials string

// Makers of the database's password.
const (
	// CredentialsGenerated has the provider generate the password.
	CredentialsGenerated Credentials = "Generated"
	// CredentialsManagedByRDS has RDS generate and rotate the password. It
	// never passes through Kubernetes.
	CredentialsManagedByRDS Credentials = "ManagedByRDS"
)

// DeletionPolicy says what happens in AWS when the platform is deleted.
// +kubebuilder:validation:Enum=Delete;Orphan
type DeletionPolicy string

// What happens in AWS when the platform is deleted.
const (
	// DeletionDelete deletes everything in AWS too.
	DeletionDelete DeletionPolicy = "Delete"
	// DeletionOrphan leaves everything in AWS as it is.
	DeletionOrphan DeletionPolicy = "Orphan"
)

// VPCCIDRBlock is an IPv4 block from /16 to /24, such as 10.0.0.0/16.
// +kubebuilder:validation:MaxLength=18
// +kubebuilder:validation:Pattern=`^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-4])$`
// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || cidr(self) == cidr(self).masked()",message="a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16"
// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || !['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].exists(r, cidr(r).containsCIDR(self))",message="a VPC's block must not be in 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3: no host can have such an address; choose a private block, such as 10.0.0.0/16"
type VPCCIDRBlock string

// CIDRBlock is an IPv4 block from /16 to /28, such as 10.0.1.0/24.
// +kubebuilder:validation:MaxLength=18
// +kubebuilder:validation:Pattern=`^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])/(1[6-9]|2[0-8])$`
// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || cidr(self) == cidr(self).masked()",message="a block must be written with its first address: write 10.0.0.0/16, not 10.0.1.2/16"
type CIDRBlock string

// AvailabilityZone is the name of an availability zone, such as us-east-1a.
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9][a-z]$`
type AvailabilityZone string

// A TopicARN is the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:alarms.
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern=`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$`
// +kubebuilder:validation:XValidation:rule="!self.endsWith('.fifo')",message="an alarm can't notify a FIFO topic, whose name ends in .fifo: choose a standard topic"
// +kubebuilder:validation:XValidation:rule="self.matches('^arn:aws(-cn:[a-z]+:cn|-us-gov:[a-z]+:us-gov|-iso:[a-z]+:us-iso|-iso-b:[a-z]+:us-isob|-iso-e:[a-z]+:eu-isoe|-iso-f:[a-z]+:us-isof|-eusc:[a-z]+:eusc)-') || self.startsWith('arn:aws:') && !self.matches('^arn:aws:[a-z]+:(cn|us-gov|us-iso[bf]?|eu-isoe|eusc)-')",message="a topic's ARN must begin with the partition of its region, such as arn:aws-cn in cn-north-1, arn:aws-us-gov in us-gov-west-1 and arn:aws in us-east-1: copy the ARN from AWS"
type TopicARN string

// A TagValue is the value of an AWS tag, at most 256 characters.
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`
type TagValue string

// Tags of an AWS resource, by their key.
// +kubebuilder:validation:MaxProperties=25
// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="a tag's key has 1 to 128 characters: shorten it"
// +kubebuilder:validation:XValidation:rule="self.all(k, !k.matches('^(?i)(aws|rds):') && !k.startsWith('crossplane-') && !k.startsWith('dataplatform.crossplane.io/') && k != 'Name')",message="a tag's key must not be Name nor start with aws:, rds:, crossplane- or dataplatform.crossplane.io/: those are set by AWS, Crossplane and the platform; choose another key"
// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[\\\\p{L}\\\\p{Z}\\\\p{N}_.:/=+@-]*$'))",message="a tag's key has letters, digits, spaces and _.:/=+-@ only: AWS refuses others; choose another key"
type Tags map[string]TagValue

// NetworkParameters configure the VPC and its subnets.
// +kubebuilder:validation:XValidation:rule="has(self.publicSubnetCidrBlocks) == has(self.privateSubnetCidrBlocks)",message="give both publicSubnetCidrBlocks and privateSubnetCidrBlocks, or neither"
// +kubebuilder:validation:XValidation:rule="!has(self.cidrBlock) || !isCIDR(self.cidrBlock) || !has(self.publicSubnetCidrBlocks) || self.publicSubnetCidrBlocks.all(b, !isCIDR(b) || cidr(self.cidrBlock).containsCIDR(b))",message="publicSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock"
// +kubebuilder:validation:XValidation:rule="!has(self.cidrBlock) || !isCIDR(self.cidrBlock) || !has(self.privateSubnetCidrBlocks) || self.privateSubnetCidrBlocks.all(b, !isCIDR(b) || cidr(self.cidrBlock).containsCIDR(b))",message="privateSubnetCidrBlocks must be inside cidrBlock: a subnet is a part of its VPC; use parts of cidrBlock"
// +kubebuilder:validation:XValidation:rule="!has(self.publicSubnetCidrBlocks) || !has(self.privateSubnetCidrBlocks) || self.publicSubnetCidrBlocks.all(a, !isCIDR(a) || !self.privateSubnetCidrBlocks.exists(b, isCIDR(b) && (cidr(a).containsCIDR(b) || cidr(b).containsCIDR(a))))",message="publicSubnetCidrBlocks must not overlap privateSubnetCidrBlocks: no two subnets share an address; use other parts of the VPC's block"
type NetworkParameters struct {
	// CIDRBlock is the VPC's IPv4 block, from /16 to /24.
	// +optional
	// +dataplatform:default="10.0.0.0/16"
	// +dataplatform:update:effect=Refused,description="A VPC keeps its block."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="cidrBlock is immutable: a VPC keeps its block; create another platform for another block"
	CIDRBlock *VPCCIDRBlock `json:"cidrBlock,omitempty"`

	// PublicSubnetCIDRBlocks are the blocks of the public subnets, one for
	// each availability zone and in the same order, each from /16 to /28 and
	// inside the VPC's block. A zone's block can't change once given.
	// +optional
	// +dataplatform:defaultDescription="the VPC's block is split in 256 (in /28s where those would be smaller), and the zones take blocks 0, 1 and so on"
	// +dataplatform:update:effect=Refused,description="A subnet keeps its block. Blocks for added zones may be appended."
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:XValidation:rule="oldSelf.all(b, self.indexOf(b) == oldSelf.indexOf(b))",message="publicSubnetCidrBlocks may only grow at its end: a subnet keeps its block"
	// +kubebuilder:validation:XValidation:rule="self.all(a, !isCIDR(a) || self.exists_one(b, isCIDR(b) && (cidr(a).containsCIDR(b) || cidr(b).containsCIDR(a))))",message="publicSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block"
	// +listType=atomic
	PublicSubnetCIDRBlocks []CIDRBlock `json:"publicSubnetCidrBlocks,omitempty"`

	// PrivateSubnetCIDRBlocks are the blocks of the private subnets, one for
	// each availability zone and in the same order, each from /16 to /28 and
	// inside the VPC's block. A zone's block can't change once given.
	// +optional
	// +dataplatform:defaultDescription="the same split, blocks 10, 11 and so on"
	// +dataplatform:update:effect=Refused,description="A subnet keeps its block. Blocks for added zones may be appended."
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:XValidation:rule="oldSelf.all(b, self.indexOf(b) == oldSelf.indexOf(b))",message="privateSubnetCidrBlocks may only grow at its end: a subnet keeps its block"
	// +kubebuilder:validation:XValidation:rule="self.all(a, !isCIDR(a) || self.exists_one(b, isCIDR(b) && (cidr(a).containsCIDR(b) || cidr(b).containsCIDR(a))))",message="privateSubnetCidrBlocks must not overlap: no two subnets share an address; use other parts of the VPC's block"
	// +listType=atomic
	PrivateSubnetCIDRBlocks []CIDRBlock `json:"privateSubnetCidrBlocks,omitempty"`

	// NATGateways is the way to the internet for the private subnets: None,
	// Single (one gateway in the first zone, for every zone) or PerZone (one
	// gateway for each zone).
	// +optional
	// +dataplatform:default="None"
	// +dataplatform:update:effect=InPlace,description="Gateways, their addresses and the private subnets' default routes are created, deleted or changed. Connections through a deleted gateway break; new gateways have new addresses. A removed address is released once AWS has deleted its gateway."
	NATGateways *NATGateways `json:"natGateways,omitempty"`
}

// StreamParameters configure the Kinesis stream.
type StreamParameters struct {
	// Mode is the stream's capacity mode: PROVISIONED or ON_DEMAND.
	// +optional
	// +dataplatform:default="PROVISIONED"
	// +dataplatform:update:effect=InPlace,description="AWS allows it twice in 24 hours."
	Mode *StreamMode `json:"mode,omitempty"`

	// ShardCount is the number of shards of a PROVISIONED stream, from 1 to
	// 10000. An ON_DEMAND stream ignores it.
	// +optional
	// +dataplatform:default=2
	// +dataplatform:update:effect=InPlace,description="AWS splits or merges shards, at most to double or half, ten times in 24 hours."
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	ShardCount *int64 `json:"shardCount,omitempty"`

	// RetentionPeriod is how long the stream keeps a record, in hours, from
	// 24 to 8760 (365 days).
	// +optional
	// +dataplatform:default=24
	// +dataplatform:update:effect=InPlace,description="Records older than a shorter period are lost."
	// +kubebuilder:validation:Minimum=24
	// +kubebuilder:validation:Maximum=8760
	RetentionPeriod *int64 `json:"retentionPeriod,omitempty"`

	// ShardLevelMetrics are the enhanced metrics to send to CloudWatch. An
	// empty list sends none.
	// +optional
	// +dataplatform:default={"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"}
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:MaxItems=7
	// +listType=set
	ShardLevelMetrics []ShardLevelMetric `json:"shardLevelMetrics,omitempty"`
}

// CacheParameters configure the Redis replication group.
type CacheParameters struct {
	// EngineVersion is the Redis version, as major.minor: 6.2, 7.0 or 7.1. It
	// may rise, never fall.
	// +optional
	// +dataplatform:default="7.0"
	// +dataplatform:update:effect=Interrupts,description="A version below what AWS has is refused by the function. One that AWS refused can be taken back."
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^(6\.2|7\.[01])$`
	EngineVersion *string `json:"engineVersion,omitempty"`

	// NodeType is the node type of each cluster, such as cache.r7g.large. The
	// families t1, m1, m2 and c1 have no encryption.
	// +optional
	// +dataplatform:default="cache.t3.micro"
	// +dataplatform:update:effect=Interrupts
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^cache\.[a-z0-9-]+\.[a-z0-9]+$`
	// +kubebuilder:validation:XValidation:rule="!self.matches('^cache[.](t1|m1|m2|c1)[.]')",message="nodeType must not be of the families t1, m1, m2 and c1: they have no encryption; choose a newer one, such as cache.t4g.micro"
	NodeType *string `json:"nodeType,omitempty"`

	// NumCacheClusters is the number of clusters (nodes) in the group: one
	// primary, the others replicas. From 2, which multi-AZ needs, to 6.
	// +optional
	// +dataplatform:default=2
	// +dataplatform:update:effect=InPlace,description="Replicas come or go; each has an alarm."
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=6
	NumCacheClusters *int64 `json:"numCacheClusters,omitempty"`

	// Authentication is how clients authenticate: None, or Token for a
	// generated AUTH token.
	// +optional
	// +dataplatform:default="None"
	// +dataplatform:update:effect=Refused,description="Clients of a running cache would lose it."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="authentication is immutable: clients of a running cache would lose it; create another platform for another way to authenticate"
	Authentication *CacheAuthentication `json:"authentication,omitempty"`

	// ApplyImmediately changes the cache when its spec changes, and not in its
	// next maintenance window. Until that window the provider would ask AWS for
	// the change about once a second.
	// +optional
	// +dataplatform:default=true
	// +dataplatform:update:effect=InPlace,description="It counts for changes from then on."
	ApplyImmediately *bool `json:"applyImmediately,omitempty"`
}

// DatabaseParameters configure the RDS PostgreSQL instance.
// +kubebuilder:validation:XValidation:rule="!has(self.iops) || !has(self.storageThroughput) || self.storageThroughput * 4 <= self.iops",message="storageThroughput must be at most a quarter of iops: lower it, or raise iops"
type DatabaseParameters struct {
	// EngineVersion is the PostgreSQL version, as major.minor or major, from
	// 12 to 18. AWS must offer it in the region. It may rise, never fall; a
	// new major version needs allowMajorVersionUpgrade.
	// +optional
	// +dataplatform:default="15.15"
	// +dataplatform:update:effect=Interrupts,description="A version below what AWS has is refused by the function, a new major version too unless `allowMajorVersionUpgrade` is true. One that AWS refused can be taken back."
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^1[2-8](\.[0-9]{1,2})?$`
	EngineVersion *string `json:"engineVersion,omitempty"`

	// AllowMajorVersionUpgrade lets engineVersion rise to a new major version.
	// +optional
	// +dataplatform:default=false
	// +dataplatform:update:effect=InPlace,description="It changes nothing by itself."
	AllowMajorVersionUpgrade *bool `json:"allowMajorVersionUpgrade,omitempty"`

	// InstanceClass is the instance class, such as db.r6g.large. The families
	// t1, m1 and m2, and db.t2.micro, have no encryption.
	// +optional
	// +dataplatform:default="db.t3.micro"
	// +dataplatform:update:effect=Interrupts
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:Pattern=`^db\.[a-z0-9-]+\.[a-z0-9]+$`
	// +kubebuilder:validation:XValidation:rule="self != 'db.t2.micro' && !self.matches('^db[.](t1|m1|m2)[.]')",message="instanceClass must not be db.t2.micro, nor of the families t1, m1 and m2: they have no encryption; choose a newer one, such as db.t4g.micro"
	InstanceClass *string `json:"instanceClass,omitempty"`

	// AllocatedStorage is the size of the storage in GiB, from 20 to 65536.
	// It may not be less than AWS has.
	// +optional
	// +dataplatform:default=20
	// +dataplatform:update:effect=InPlace,description="Less than AWS has is refused by the function, but for what AWS has grown by itself. A size that AWS refused can be taken back. AWS allows a change every six hours."
	// +kubebuilder:validation:Minimum=20
	// +kubebuilder:validation:Maximum=65536
	AllocatedStorage *int64 `json:"allocatedStorage,omitempty"`

	// MaxAllocatedStorage is the size in GiB up to which AWS may grow the
	// storage by itself, from 22 to 65536 and at least a tenth above
	// allocatedStorage. What AWS has grown stays.
	// +optional
	// +dataplatform:defaultDescription="none, AWS doesn't grow the storage"
	// +dataplatform:update:effect=InPlace,description="What AWS has grown stays. Without the field the storage grows no further."
	// +kubebuilder:validation:Minimum=22
	// +kubebuilder:validation:Maximum=65536
	MaxAllocatedStorage *int64 `json:"maxAllocatedStorage,omitempty"`

	// StorageType is the EBS volume type: gp2 or gp3.
	// +optional
	// +dataplatform:default="gp2"
	// +dataplatform:update:effect=InPlace,description="The storage is optimised for hours afterwards, and works meanwhile."
	StorageType *StorageType `json:"storageType,omitempty"`

	// IOPS are the I/O operations per second of a gp3 volume of 400 GiB or more,
	// from 12000 to 64000. Other volumes have what AWS gives them. It implies
	// storageType gp3.
	// +optional
	// +dataplatform:defaultDescription="12000 from 400 GiB on"
	// +dataplatform:update:effect=InPlace,description="Of a gp3 volume of 400 GiB or more."
	// +kubebuilder:validation:Minimum=12000
	// +kubebuilder:validation:Maximum=64000
	IOPS *int64 `json:"iops,omitempty"`

	// StorageThroughput is the throughput in MiB/s of a gp3 volume of 400 GiB or
	// more, from 500 to 4000, and at most a quarter of its IOPS. Other volumes
	// have what AWS gives them. It implies storageType gp3.
	// +optional
	// +dataplatform:defaultDescription="500 from 400 GiB on"
	// +dataplatform:update:effect=InPlace,description="Of a gp3 volume of 400 GiB or more."
	// +kubebuilder:validation:Minimum=500
	// +kubebuilder:validation:Maximum=4000
	StorageThroughput *int64 `json:"storageThroughput,omitempty"`

	// MultiAZ keeps a synchronous standby in a second zone.
	// +optional
	// +dataplatform:default=true
	// +dataplatform:update:effect=InPlace
	MultiAZ *bool `json:"multiAz,omitempty"`

	// BackupRetentionPeriod is how long automated backups are kept, in days,
	// from 0 (no backups) to 35.
	// +optional
	// +dataplatform:default=7
	// +dataplatform:update:effect=InPlace,description="From or to 0 the change interrupts the database."
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=35
	BackupRetentionPeriod *int64 `json:"backupRetentionPeriod,omitempty"`

	// BackupWindow is the daily window for backups in UTC, as hh:mm-hh:mm, at
	// least 30 minutes. It must not overlap the maintenance window.
	// +optional
	// +dataplatform:default="03:00-04:00"
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:MaxLength=11
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$`
	BackupWindow *string `json:"backupWindow,omitempty"`

	// MaintenanceWindow is the weekly window for maintenance in UTC, as
	// ddd:hh:mm-ddd:hh:mm, at least 30 minutes.
	// +optional
	// +dataplatform:default="mon:04:00-mon:05:00"
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:MaxLength=19
	// +kubebuilder:validation:Pattern=`^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$`
	MaintenanceWindow *string `json:"maintenanceWindow,omitempty"`

	// SkipFinalSnapshot deletes the database without a last snapshot.
	// +optional
	// +dataplatform:default=true
	// +dataplatform:update:effect=InPlace,description="It counts when the platform is deleted."
	SkipFinalSnapshot *bool `json:"skipFinalSnapshot,omitempty"`

	// DeletionProtection has AWS refuse to delete the database, and Crossplane
	// refuse to delete the platform.
	// +optional
	// +dataplatform:default=false
	// +dataplatform:update:effect=InPlace,description="AWS refuses to delete the database, Crossplane the platform."
	DeletionProtection *bool `json:"deletionProtection,omitempty"`

	// DBName is the name of the database made in the instance: a letter, then
	// letters, digits and underscores, at most 63, no reserved word, and none
	// of the databases that RDS makes.
	// +optional
	// +dataplatform:default="platform"
	// +dataplatform:update:effect=Refused,description="AWS names the database once."
	// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii() in ['admin', 'rdsadmin', 'template0', 'template1'])",message="dbName is reserved by RDS: choose another, such as platform"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="dbName is immutable: AWS names the database once; create another platform for another name"
	DBName *DatabaseIdentifier `json:"dbName,omitempty"`

	// Username is the master user: a letter, then letters, digits and
	// underscores, at most 63, no reserved word, none of RDS's own users, and
	// nothing that starts with pg_.
	// +optional
	// +dataplatform:default="platform"
	// +dataplatform:update:effect=Refused,description="AWS names the master user once."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="username is immutable: AWS names the master user once; create another platform for another name"
	// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii() in ['admin', 'none', 'public', 'rds_ad', 'rds_extension', 'rds_iam', 'rds_password', 'rds_replication', 'rds_reserved', 'rds_superuser', 'rdsadmin', 'rdsrepladmin', 'rdstopmgr', 'rdswriteforwarduser'])",message="username is reserved by RDS or PostgreSQL: choose another, such as platform"
	// +kubebuilder:validation:XValidation:rule="!self.lowerAscii().startsWith('pg_')",message="username must not start with pg_: PostgreSQL keeps such names for its own roles; choose another, such as platform"
	Username *DatabaseIdentifier `json:"username,omitempty"`

	// Credentials says who makes the password: Generated has the provider
	// generate it, ManagedByRDS has RDS generate and rotate it in its own
	// Secrets Manager secret.
	// +optional
	// +dataplatform:default="Generated"
	// +dataplatform:update:effect=Refused,description="The password that applications use would stop working."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="credentials is immutable: the password that applications use would stop working; create another platform for other credentials"
	Credentials *Credentials `json:"credentials,omitempty"`

	// RecoveryWindowInDays is how long Secrets Manager keeps the platform's
	// secret after it is deleted, in days: 0, or 7 to 30. A platform that is
	// created again meanwhile has a secret of another name.
	// +optional
	// +dataplatform:default=0
	// +dataplatform:update:effect=InPlace,description="It counts when the platform is deleted."
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=30
	// +kubebuilder:validation:XValidation:rule="self == 0 || self >= 7",message="recoveryWindowInDays must be 0, or 7 to 30: Secrets Manager has no shorter window"
	RecoveryWindowInDays *int64 `json:"recoveryWindowInDays,omitempty"`

	// ApplyImmediately changes the database when its spec changes, and not in
	// its next maintenance window. Until that window the provider would ask AWS
	// for the change about every 80 seconds.
	// +optional
	// +dataplatform:default=true
	// +dataplatform:update:effect=InPlace,description="It counts for changes from then on."
	ApplyImmediately *bool `json:"applyImmediately,omitempty"`
}

// MonitoringParameters configure the CloudWatch alarms.
type MonitoringParameters struct {
	// AlarmActions are the ARNs of the SNS topics that an alarm notifies, at
	// most 5, in the platform's region and not FIFO. An empty list notifies none.
	// A policy's default holds up to 100 topics of several regions, and a platform
	// gets those of its own.
	// +optional
	// +dataplatform:defaultDescription="none"
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:MaxItems=100
	// +listType=set
	AlarmActions []TopicARN `json:"alarmActions,omitempty"`

	// DatabaseCPUPercent is the average CPU use of the database above which
	// its alarm fires, in percent, from 1 to 99. The default leaves a fifth for peaks.
	// +optional
	// +dataplatform:default=80
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=99
	DatabaseCPUPercent *int64 `json:"databaseCpuPercent,omitempty"`

	// CacheCPUPercent is the average CPU use of a cache cluster above which
	// its alarm fires, in percent, from 1 to 99. The default leaves a quarter for peaks. Redis runs commands in one
	// thread, so that a node with several cores needs a lower value.
	// +optional
	// +dataplatform:default=75
	// +dataplatform:update:effect=InPlace
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=99
	CacheCPUPercent *int64 `json:"cacheCpuPercent,omitempty"`
}

// A ProviderConfigReference names the provider configuration, and so the AWS
// account, that the platform's resources use.
type ProviderConfigReference struct {
	// Kind of the provider configuration: ClusterProviderConfig, or
	// ProviderConfig for one in the platform's namespace.
	// +required
	// +kubebuilder:validation:Enum=ClusterProviderConfig;ProviderConfig
	Kind string `json:"kind,omitempty"`

	// Name of the provider configuration.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// Parameters are the fields that both a developer's XR and the platform team's
// policy may set. The schema holds no defaults: the API server would write
// them into every XR, and the policy could no longer tell a developer's wish
// from a default.
type Parameters struct {
	// Network configures the VPC and its subnets.
	// +optional
	Network *NetworkParameters `json:"network,omitempty"`

	// Stream configures the Kinesis stream.
	// +optional
	Stream *StreamParameters `json:"stream,omitempty"`

	// Cache configures the Redis replication group.
	// +optional
	Cache *CacheParameters `json:"cache,omitempty"`

	// Database configures the RDS PostgreSQL instance.
	// +optional
	Database *DatabaseParameters `json:"database,omitempty"`

	// Monitoring configures the CloudWatch alarms.
	// +optional
	Monitoring *MonitoringParameters `json:"monitoring,omitempty"`

	// Tags are put on every AWS resource that takes tags, besides the
	// platform's own. At most 25, keys of at most 128 letters, digits, spaces
	// and _.:/=+-@ that don't start with aws:, rds:, crossplane- or
	// dataplatform.crossplane.io/, and are not Name.
	// +optional
	// +dataplatform:defaultDescription="none"
	// +dataplatform:update:effect=InPlace
	Tags Tags `json:"tags,omitempty"`

	// DeletionPolicy says what happens in AWS when the platform is deleted:
	// Delete, or Orphan to leave everything in AWS as it is.
	// +optional
	// +dataplatform:default="Delete"
	// +dataplatform:update:effect=InPlace,description="It counts when the platform is deleted."
	DeletionPolicy *DeletionPolicy `json:"deletionPolicy,omitempty"`

	// ProviderConfigRef names the provider configuration, and so the AWS
	// account, to use. The platform team permits which.
	// +optional
	// +dataplatform:default={"kind": "ClusterProviderConfig", "name": "default"}
	// +dataplatform:update:effect=Refused,description="Another account would get a second, empty platform."
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="providerConfigRef is immutable: another AWS account would get a second, empty platform; create another platform there"
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`
}

// XDataPlatformSpec is the desired state of a data platform.
// +kubebuilder:validation:XValidation:rule="has(self.providerConfigRef) == has(oldSelf.providerConfigRef)",message="providerConfigRef can't be added or removed: another AWS account would get a second, empty platform; leave it as it was"
// +kubebuilder:validation:XValidation:rule="!has(self.availabilityZones) || self.availabilityZones.all(z, z.startsWith(self.region) && size(z) == size(self.region) + 1)",message="availabilityZones must be zones of spec.region, such as us-east-1a in us-east-1"
// +kubebuilder:validation:XValidation:rule="!has(self.availabilityZones) || !has(self.network) || !has(self.network.publicSubnetCidrBlocks) || size(self.network.publicSubnetCidrBlocks) == size(self.availabilityZones)",message="network.publicSubnetCidrBlocks must have one block for each of availabilityZones"
// +kubebuilder:validation:XValidation:rule="!has(self.availabilityZones) || !has(self.network) || !has(self.network.privateSubnetCidrBlocks) || size(self.network.privateSubnetCidrBlocks) == size(self.availabilityZones)",message="network.privateSubnetCidrBlocks must have one block for each of availabilityZones"
// +kubebuilder:validation:XValidation:rule="!has(self.monitoring) || !has(self.monitoring.alarmActions) || self.monitoring.alarmActions.all(t, t.contains(':' + self.region + ':'))",message="monitoring.alarmActions must be topics in spec.region: an alarm notifies those of its own region only; use topics there"
// +kubebuilder:validation:XValidation:rule="!has(self.monitoring) || !has(self.monitoring.alarmActions) || size(self.monitoring.alarmActions) <= 5",message="monitoring.alarmActions must have at most 5 topics: an alarm notifies no more; remove some"
// +kubebuilder:validation:XValidation:rule="(has(self.network) && has(self.network.cidrBlock)) == (has(oldSelf.network) && has(oldSelf.network.cidrBlock))",message="network.cidrBlock can't be added or removed: a VPC keeps its block; leave it as it was"
// +kubebuilder:validation:XValidation:rule="(has(self.cache) && has(self.cache.authentication)) == (has(oldSelf.cache) && has(oldSelf.cache.authentication))",message="cache.authentication can't be added or removed: clients of a running cache would lose it; leave it as it was"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.dbName)) == (has(oldSelf.database) && has(oldSelf.database.dbName))",message="database.dbName can't be added or removed: AWS names the database once; leave it as it was"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.username)) == (has(oldSelf.database) && has(oldSelf.database.username))",message="database.username can't be added or removed: AWS names the master user once; leave it as it was"
// +kubebuilder:validation:XValidation:rule="(has(self.database) && has(self.database.credentials)) == (has(oldSelf.database) && has(oldSelf.database.credentials))",message="database.credentials can't be added or removed: the password that applications use would stop working; leave it as it was"
type XDataPlatformSpec struct {
	Parameters `json:",inline"`

	// Region is the AWS region, such as us-east-1.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +dataplatform:update:effect=Refused,description="AWS resources can't move between regions."
	// +kubebuilder:validation:MaxLength=31
	// +kubebuilder:validation:Pattern=`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="region is immutable: AWS resources can't move between regions; create another platform there"
	Region string `json:"region,omitempty"`

	// AvailabilityZones are the zones to build in, 2 to 6 zones of the
	// region. The list may grow at its end, never shrink: each has subnets.
	// +optional
	// +dataplatform:defaultDescription="the first two of the region's"
	// +dataplatform:update:effect=InPlace,description="A zone added at the end gets subnets, and joins the subnet groups when provider-aws looks at them next, by default within ten minutes. Taking away or moving a zone is refused. Without a list the platform keeps its zones."
	// +kubebuilder:validation:MinItems=2
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:XValidation:rule="self.all(z, self.exists_one(y, y == z))",message="availabilityZones must not repeat a zone"
	// +kubebuilder:validation:XValidation:rule="oldSelf.all(z, self.indexOf(z) == oldSelf.indexOf(z))",message="availabilityZones may only grow at its end: the platform's subnets are in the zones it has; restore them, in their order, or leave the list out to keep them"
	// +listType=atomic
	AvailabilityZones []AvailabilityZone `json:"availabilityZones,omitempty"`

	// WriteConnectionSecretToRef names the Secret, in the platform's
	// namespace, that holds what an application needs to connect, for envFrom.
	// It can't change once the platform has made that Secret. A claim has no
	// Secret unless it names one.
	// +optional
	// +dataplatform:defaultDescription="the platform's name, then -connection"
	// +dataplatform:update:effect=RefusedByFunction,description="Applications mount the Secret by its name. Until the platform has made it, it may change. For a claim the API server refuses it."
	WriteConnectionSecretToRef *SecretReference `json:"writeConnectionSecretToRef,omitempty"`

	// ExternalNames are the names or ids in AWS of resources that exist
	// already, by the name of the composed resource, such as
	// vpc: vpc-0a1b2c3d4e5f. The platform takes them over, if the platform team
	// permits that. A name counts until the platform has the resource. It can't
	// change; it may be removed.
	// +optional
	// +dataplatform:defaultDescription="none"
	// +dataplatform:update:effect=InPlace,description="A name counts until its resource exists. Names may be added, if the policy permits it, and removed; changing one is refused."
	// +kubebuilder:validation:MaxProperties=100
	// +kubebuilder:validation:XValidation:rule="self.all(k, !(k in oldSelf) || self[k] == oldSelf[k])",message="a name in externalNames can't change: the resource that it names is taken over already; restore what it was"
	ExternalNames map[string]ExternalName `json:"externalNames,omitempty"`
}

// A SecretReference names a Secret in the platform's namespace.
type SecretReference struct {
	// Name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// An ExternalName is the name or id of a resource in AWS.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=512
type ExternalName string

// NetworkStatus is what AWS made of the network.
type NetworkStatus struct {
	// VPCID is the VPC's id.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	VPCID string `json:"vpcId,omitempty"`

	// AvailabilityZones are the zones of the platform, in the order of its
	// subnets' blocks.
	// +optional
	// +kubebuilder:validation:MaxItems=6
	// +listType=atomic
	AvailabilityZones []AvailabilityZone `json:"availabilityZones,omitempty"`

	// PublicSubnetIDs are the public subnets' ids, in the order of the zones.
	// A subnet that does not exist yet is left out.
	// +optional
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:MaxLength=64
	// +listType=atomic
	PublicSubnetIDs []string `json:"publicSubnetIds,omitempty"`

	// PrivateSubnetIDs are the private subnets' ids, in the order of the
	// zones. A subnet that does not exist yet is left out.
	// +optional
	// +kubebuilder:validation:MaxItems=6
	// +kubebuilder:validation:items:MaxLength=64
	// +listType=atomic
	PrivateSubnetIDs []string `json:"privateSubnetIds,omitempty"`
}

// StreamStatus is what AWS made of the stream.
type StreamStatus struct {
	// Name of the stream.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// ARN of the stream.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	ARN string `json:"arn,omitempty"`
}

// CacheStatus is what AWS made of the cache.
type CacheStatus struct {
	// PrimaryEndpoint is the host name to write to and read from.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	PrimaryEndpoint string `json:"primaryEndpoint,omitempty"`

	// ReaderEndpoint is the host name that spreads reads over the replicas.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	ReaderEndpoint string `json:"readerEndpoint,omitempty"`

	// Port that both endpoints listen on, with TLS.
	// +optional
	Port int64 `json:"port,omitempty"`
}

// DatabaseStatus is what AWS made of the database.
type DatabaseStatus struct {
	// Endpoint is the database's address, as host:port.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Endpoint string `json:"endpoint,omitempty"`

	// Host is the host name in the endpoint.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Host string `json:"host,omitempty"`

	// Port is the port in the endpoint.
	// +optional
	Port int64 `json:"port,omitempty"`

	// Name of the database in the instance.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
}

// CredentialsStatus says where the database's credentials are.
type CredentialsStatus struct {
	// SecretARN is the ARN of the Secrets Manager secret with the database's
	// credentials, the platform's own or RDS's.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	SecretARN string `json:"secretArn,omitempty"`
}

// XDataPlatformStatus is the observed state of a data platform. Its conditions
// are NetworkReady, StreamReady, CacheReady, DatabaseReady, CredentialsReady,
// MonitoringReady and ConnectionReady, besides Crossplane's own.
type XDataPlatformStatus struct {
	// Network is what AWS made of the network.
	// +optional
	Network *NetworkStatus `json:"network,omitempty"`

	// Stream is what AWS made of the stream.
	// +optional
	Stream *StreamStatus `json:"stream,omitempty"`

	// Cache is what AWS made of the cache.
	// +optional
	Cache *CacheStatus `json:"cache,omitempty"`

	// Database is what AWS made of the database.
	// +optional
	Database *DatabaseStatus `json:"database,omitempty"`

	// Credentials says where the database's credentials are.
	// +optional
	Credentials *CredentialsStatus `json:"credentials,omitempty"`
}

// XDataPlatform is a multi-AZ data platform on AWS: a network, a Kinesis
// stream, a Redis cache, a PostgreSQL database, their credentials and alarms.
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,categories=crossplane
// +kubebuilder:printcolumn:name="Region",type="string",JSONPath=".spec.region"
// +kubebuilder:printcolumn:name="VPC",type="string",JSONPath=".status.network.vpcId"
// +kubebuilder:printcolumn:name="Database",type="string",JSONPath=".status.database.endpoint"
type XDataPlatform struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// +required
	Spec XDataPlatformSpec `json:"spec,omitzero"`
	// +optional
	Status XDataPlatformStatus `json:"status,omitempty"`
}

// XDataPlatformList is a list of XDataPlatforms.
// +kubebuilder:object:root=true
type XDataPlatformList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []XDataPlatform `json:"items"`
}
