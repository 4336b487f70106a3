package integration

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	managed "github.com/crossplane-contrib/function-data-platform/fn/aws/elasticache"
)

// Keys of the cache's composed resources.
const (
	keyCache              = "cache"
	keySubnetGroupCache   = "subnet-group-cache"
	keySecurityGroupCache = "security-group-cache"
)

// statusAvailable is the word of ElastiCache and RDS for what can be used and is
// not being changed.
const statusAvailable = "available"

// cacheClient is what the check of the cache asks ElastiCache.
type cacheClient interface {
	elasticache.DescribeReplicationGroupsAPIClient
	elasticache.DescribeCacheClustersAPIClient
	elasticache.DescribeCacheSubnetGroupsAPIClient
}

// checkCache compares the replication group, its member clusters and the subnets
// they are in. securityGroup is the id of the cache's security group.
func checkCache(ctx context.Context, client cacheClient, e *expectation, securityGroup string) ([]string, error) {
	r := &report{}

	desired, err := composed[*managed.ReplicationGroup](e, keyCache)
	if err != nil {
		return nil, err
	}

	subnets, err := composed[*managed.SubnetGroup](e, keySubnetGroupCache)
	if err != nil {
		return nil, err
	}

	id := nameOf(desired)

	out, err := client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &id})
	if err != nil {
		return nil, fmt.Errorf("cannot describe replication group %s: %w", id, err)
	}

	if len(out.ReplicationGroups) != 1 {
		r.addf("replication group %s: want it to exist, got %d of it", id, len(out.ReplicationGroups))

		return r.differences, nil
	}

	want, got := desired.Spec.ForProvider, out.ReplicationGroups[0]
	compareReplicationGroup(r, "replication group "+id, want, got)
	compareEndpoints(r, "replication group "+id, e, got)

	for _, member := range got.MemberClusters {
		if err := checkCluster(ctx, client, r, member, want, nameOf(subnets), securityGroup); err != nil {
			return r.differences, err
		}
	}

	err = checkCacheSubnets(ctx, client, r, nameOf(subnets), e)

	return r.differences, err
}

func compareReplicationGroup(r *report, where string, want managed.ReplicationGroupParameters, got types.ReplicationGroup) {
	compare(r, where, "status", statusAvailable, aws.ToString(got.Status))
	compare(r, where, "multiAZ", string(enabled(want.MultiAzEnabled, types.MultiAZStatusEnabled, types.MultiAZStatusDisabled)), string(got.MultiAZ))
	compare(r, where, "automaticFailover", string(enabled(want.AutomaticFailoverEnabled, types.AutomaticFailoverStatusEnabled, types.AutomaticFailoverStatusDisabled)), string(got.AutomaticFailover))
	compare(r, where, "atRestEncryptionEnabled", aws.ToString(want.AtRestEncryptionEnabled) == "true", aws.ToBool(got.AtRestEncryptionEnabled))
	compare(r, where, "transitEncryptionEnabled", aws.ToBool(want.TransitEncryptionEnabled), aws.ToBool(got.TransitEncryptionEnabled))
	compare(r, where, "authTokenEnabled", aws.ToBool(want.AutoGenerateAuthToken), aws.ToBool(got.AuthTokenEnabled))
	compare(r, where, "cacheNodeType", aws.ToString(want.NodeType), aws.ToString(got.CacheNodeType))
	compare(r, where, "member clusters", aws.ToFloat64(want.NumCacheClusters), float64(len(got.MemberClusters)))
}

// enabled is AWS's word for a switch.
func enabled[S ~string](want *bool, on, off S) S {
	if aws.ToBool(want) {
		return on
	}

	return off
}

// compareEndpoints compares what the XR says with where the cache is. A group
// without shards has one node group.
func compareEndpoints(r *report, where string, e *expectation, got types.ReplicationGroup) {
	if len(got.NodeGroups) != 1 {
		r.addf("%s: node groups: want 1, got %d", where, len(got.NodeGroups))

		return
	}

	primary, reader := types.Endpoint{}, types.Endpoint{}
	if p := got.NodeGroups[0].PrimaryEndpoint; p != nil {
		primary = *p
	}

	if p := got.NodeGroups[0].ReaderEndpoint; p != nil {
		reader = *p
	}

	compare(r, where, "primaryEndpoint", e.Outputs.Cache.PrimaryEndpoint, aws.ToString(primary.Address))
	compare(r, where, "primaryEndpoint port", float64(e.Outputs.Cache.Port), number(primary.Port))
	compare(r, where, "readerEndpoint", e.Outputs.Cache.ReaderEndpoint, aws.ToString(reader.Address))
}

// checkCluster compares a member of the replication group: ElastiCache shows its
// version and what is around it only there.
func checkCluster(ctx context.Context, client cacheClient, r *report, member string, want managed.ReplicationGroupParameters, subnetGroup, securityGroup string) error {
	out, err := client.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{CacheClusterId: &member})
	if err != nil {
		return fmt.Errorf("cannot describe cache cluster %s: %w", member, err)
	}

	where := "cache cluster " + member
	if len(out.CacheClusters) != 1 {
		r.addf("%s: want it to exist, got %d of it", where, len(out.CacheClusters))

		return nil
	}

	var groups []string

	got := out.CacheClusters[0]
	for _, g := range got.SecurityGroups {
		groups = append(groups, aws.ToString(g.SecurityGroupId))
	}

	compare(r, where, "status", statusAvailable, aws.ToString(got.CacheClusterStatus))
	compare(r, where, "engine", aws.ToString(want.Engine), aws.ToString(got.Engine))
	compareVersion(r, where, aws.ToString(want.EngineVersion), aws.ToString(got.EngineVersion))
	compare(r, where, "cacheSubnetGroupName", subnetGroup, aws.ToString(got.CacheSubnetGroupName))
	compareSets(r, where, "securityGroups", []string{securityGroup}, groups)

	return nil
}

// checkCacheSubnets makes sure that the cache is in the private subnets only.
func checkCacheSubnets(ctx context.Context, client cacheClient, r *report, name string, e *expectation) error {
	out, err := client.DescribeCacheSubnetGroups(ctx, &elasticache.DescribeCacheSubnetGroupsInput{CacheSubnetGroupName: &name})
	if err != nil {
		return fmt.Errorf("cannot describe cache subnet group %s: %w", name, err)
	}

	var subnets []string

	for _, group := range out.CacheSubnetGroups {
		for _, s := range group.Subnets {
			subnets = append(subnets, aws.ToString(s.SubnetIdentifier))
		}
	}

	compareSets(r, "cache subnet group "+name, "subnets", e.Outputs.Network.PrivateSubnetIDs, subnets)

	return nil
}
