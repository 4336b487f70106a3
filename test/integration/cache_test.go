package integration

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// A stubCache answers for ElastiCache.
type stubCache struct {
	groups   []types.ReplicationGroup
	clusters map[string]types.CacheCluster
	subnets  []types.Subnet
	fail     string
}

func (s *stubCache) DescribeReplicationGroups(_ context.Context, in *elasticache.DescribeReplicationGroupsInput, _ ...func(*elasticache.Options)) (*elasticache.DescribeReplicationGroupsOutput, error) {
	return &elasticache.DescribeReplicationGroupsOutput{ReplicationGroups: s.groups}, s.err("group", referenceName, aws.ToString(in.ReplicationGroupId))
}

func (s *stubCache) DescribeCacheClusters(_ context.Context, in *elasticache.DescribeCacheClustersInput, _ ...func(*elasticache.Options)) (*elasticache.DescribeCacheClustersOutput, error) {
	out := &elasticache.DescribeCacheClustersOutput{}
	if c, ok := s.clusters[*in.CacheClusterId]; ok {
		out.CacheClusters = append(out.CacheClusters, c)
	}

	return out, s.err("cluster", "", "")
}

func (s *stubCache) DescribeCacheSubnetGroups(_ context.Context, in *elasticache.DescribeCacheSubnetGroupsInput, _ ...func(*elasticache.Options)) (*elasticache.DescribeCacheSubnetGroupsOutput, error) {
	return &elasticache.DescribeCacheSubnetGroupsOutput{CacheSubnetGroups: []types.CacheSubnetGroup{{Subnets: s.subnets}}},
		s.err("subnets", referenceName+"-cache", aws.ToString(in.CacheSubnetGroupName))
}

func (s *stubCache) err(call, want, got string) error {
	if s.fail == call || want != got {
		return errAWS
	}

	return nil
}

// goodCache is how AWS shows the cache of the platform in testdata.
func goodCache() *stubCache {
	cluster := types.CacheCluster{
		CacheClusterStatus:   aws.String("available"),
		Engine:               aws.String("redis"),
		EngineVersion:        aws.String("7.0.7"),
		CacheSubnetGroupName: aws.String(referenceName + "-cache"),
		SecurityGroups:       []types.SecurityGroupMembership{{SecurityGroupId: aws.String("sg-cache")}},
	}

	return &stubCache{
		groups: []types.ReplicationGroup{{
			Status:                   aws.String("available"),
			MultiAZ:                  types.MultiAZStatusEnabled,
			AutomaticFailover:        types.AutomaticFailoverStatusEnabled,
			AtRestEncryptionEnabled:  aws.Bool(true),
			TransitEncryptionEnabled: aws.Bool(true),
			AuthTokenEnabled:         aws.Bool(false),
			CacheNodeType:            aws.String("cache.t3.micro"),
			MemberClusters:           []string{referenceName + "-001", referenceName + "-002"},
			NodeGroups: []types.NodeGroup{{
				PrimaryEndpoint: &types.Endpoint{Address: aws.String("primary.cache.example.com"), Port: aws.Int32(6379)},
				ReaderEndpoint:  &types.Endpoint{Address: aws.String("reader.cache.example.com"), Port: aws.Int32(6379)},
			}},
		}},
		clusters: map[string]types.CacheCluster{referenceName + "-001": cluster, referenceName + "-002": cluster},
		subnets:  []types.Subnet{{SubnetIdentifier: aws.String("subnet-private-b")}, {SubnetIdentifier: aws.String("subnet-private-a")}},
	}
}

func TestCheckCache(t *testing.T) {
	cases := map[string]struct {
		reason string
		edits  []edit
		change func(*stubCache)
		want   []string
		err    string
	}{
		"Good": {
			reason: "The cache is as composed.",
			change: func(*stubCache) {},
		},
		"Missing": {
			reason: "The replication group must exist.",
			change: func(s *stubCache) { s.groups = nil },
			want:   []string{"replication group dp-team-a-orders-yp3s2ksy: want it to exist, got 0 of it"},
		},
		"NotAvailable": {
			reason: "A group that is being changed is not available.",
			change: func(s *stubCache) { s.groups[0].Status = aws.String("modifying") },
			want:   []string{`replication group dp-team-a-orders-yp3s2ksy: status: want "available", got "modifying"`},
		},
		"NotMultiAZ": {
			reason: "Multi-AZ and failover are two switches.",
			change: func(s *stubCache) {
				s.groups[0].MultiAZ, s.groups[0].AutomaticFailover = types.MultiAZStatusDisabled, types.AutomaticFailoverStatusEnabling
			},
			want: []string{
				`replication group dp-team-a-orders-yp3s2ksy: multiAZ: want "enabled", got "disabled"`,
				`replication group dp-team-a-orders-yp3s2ksy: automaticFailover: want "enabled", got "enabling"`,
			},
		},
		"NotEncrypted": {
			reason: "What AWS does not show is not on.",
			change: func(s *stubCache) {
				s.groups[0].AtRestEncryptionEnabled, s.groups[0].TransitEncryptionEnabled = nil, aws.Bool(false)
			},
			want: []string{
				"replication group dp-team-a-orders-yp3s2ksy: atRestEncryptionEnabled: want true, got false",
				"replication group dp-team-a-orders-yp3s2ksy: transitEncryptionEnabled: want true, got false",
			},
		},
		"Token": {
			reason: "A cache with a token asks for it.",
			edits:  []edit{set("Token", "spec", "cache", "authentication")},
			change: func(*stubCache) {},
			want:   []string{"replication group dp-team-a-orders-yp3s2ksy: authTokenEnabled: want true, got false"},
		},
		"OtherSize": {
			reason: "The number of clusters and their size count.",
			edits:  []edit{set(int64(3), "spec", "cache", "numCacheClusters"), set("cache.r7g.large", "spec", "cache", "nodeType")},
			change: func(*stubCache) {},
			want: []string{
				`replication group dp-team-a-orders-yp3s2ksy: cacheNodeType: want "cache.r7g.large", got "cache.t3.micro"`,
				"replication group dp-team-a-orders-yp3s2ksy: member clusters: want 3, got 2",
			},
		},
		"OtherEndpoints": {
			reason: "The XR must name the endpoints that the group has.",
			change: func(s *stubCache) {
				s.groups[0].NodeGroups[0] = types.NodeGroup{PrimaryEndpoint: &types.Endpoint{Address: aws.String("other"), Port: aws.Int32(6380)}}
			},
			want: []string{
				`replication group dp-team-a-orders-yp3s2ksy: primaryEndpoint: want "primary.cache.example.com", got "other"`,
				"replication group dp-team-a-orders-yp3s2ksy: primaryEndpoint port: want 6379, got 6380",
				`replication group dp-team-a-orders-yp3s2ksy: readerEndpoint: want "reader.cache.example.com", got ""`,
			},
		},
		"NoNodeGroup": {
			reason: "A group without shards has one node group.",
			change: func(s *stubCache) { s.groups[0].NodeGroups = nil },
			want:   []string{"replication group dp-team-a-orders-yp3s2ksy: node groups: want 1, got 0"},
		},
		"OtherCluster": {
			reason: "Each member's version and surroundings count.",
			change: func(s *stubCache) {
				s.clusters[referenceName+"-002"] = types.CacheCluster{
					CacheClusterStatus:   aws.String("creating"),
					Engine:               aws.String("valkey"),
					EngineVersion:        aws.String("6.2.6"),
					CacheSubnetGroupName: aws.String("default"),
				}
			},
			want: []string{
				`cache cluster dp-team-a-orders-yp3s2ksy-002: status: want "available", got "creating"`,
				`cache cluster dp-team-a-orders-yp3s2ksy-002: engine: want "redis", got "valkey"`,
				`cache cluster dp-team-a-orders-yp3s2ksy-002: engineVersion: want "7.0" or a later one of its major version, got "6.2.6"`,
				`cache cluster dp-team-a-orders-yp3s2ksy-002: cacheSubnetGroupName: want "dp-team-a-orders-yp3s2ksy-cache", got "default"`,
				"cache cluster dp-team-a-orders-yp3s2ksy-002: securityGroups: want [sg-cache], got []",
			},
		},
		"NoCluster": {
			reason: "A member must exist.",
			change: func(s *stubCache) { delete(s.clusters, referenceName+"-001") },
			want:   []string{"cache cluster dp-team-a-orders-yp3s2ksy-001: want it to exist, got 0 of it"},
		},
		"PublicSubnet": {
			reason: "The cache is in private subnets only.",
			change: func(s *stubCache) {
				s.subnets = append(s.subnets, types.Subnet{SubnetIdentifier: aws.String("subnet-public-a")})
			},
			want: []string{"cache subnet group dp-team-a-orders-yp3s2ksy-cache: subnets: want [subnet-private-a subnet-private-b], got [subnet-private-a subnet-private-b subnet-public-a]"},
		},
		"GroupRefused":   {reason: "What can't be asked is an error.", change: func(s *stubCache) { s.fail = "group" }, err: "cannot describe replication group dp-team-a-orders-yp3s2ksy: access denied"},
		"ClusterRefused": {reason: "What can't be asked is an error.", change: func(s *stubCache) { s.fail = "cluster" }, err: "cannot describe cache cluster dp-team-a-orders-yp3s2ksy-001: access denied"},
		"SubnetsRefused": {reason: "What can't be asked is an error.", change: func(s *stubCache) { s.fail = "subnets" }, err: "cannot describe cache subnet group dp-team-a-orders-yp3s2ksy-cache: access denied"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := goodCache()
			tc.change(s)

			got, err := checkCache(t.Context(), s, reference(t, tc.edits...), "sg-cache")
			assert(t, tc.reason, tc.want, got, tc.err, err)
		})
	}
}
