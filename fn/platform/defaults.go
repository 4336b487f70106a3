package platform

import (
	"encoding/json"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// DefaultNamePrefix starts names in AWS where the policy sets no prefix. It
// makes every name start with a letter, as most of AWS asks, whatever the
// namespace starts with.
const DefaultNamePrefix = "dp"

// Defaults are the reference platform's parameters. The API's documentation
// names the same values, and a test keeps the two equal.
func Defaults() v1alpha1.Parameters {
	return v1alpha1.Parameters{
		Network: &v1alpha1.NetworkParameters{
			CIDRBlock:   ptr.To[v1alpha1.VPCCIDRBlock]("10.0.0.0/16"),
			NATGateways: ptr.To(v1alpha1.NATGatewaysNone),
		},
		Stream: &v1alpha1.StreamParameters{
			Mode:              ptr.To(v1alpha1.StreamModeProvisioned),
			ShardCount:        ptr.To[int64](2),
			RetentionPeriod:   ptr.To[int64](24),
			ShardLevelMetrics: []v1alpha1.ShardLevelMetric{"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords"},
		},
		Cache: &v1alpha1.CacheParameters{
			ApplyImmediately: ptr.To(true),
			EngineVersion:    ptr.To("7.0"),
			NodeType:         ptr.To("cache.t3.micro"),
			NumCacheClusters: ptr.To[int64](2),
			Authentication:   ptr.To(v1alpha1.CacheAuthenticationNone),
		},
		Database: &v1alpha1.DatabaseParameters{
			EngineVersion:            ptr.To("15.15"),
			AllowMajorVersionUpgrade: ptr.To(false),
			ApplyImmediately:         ptr.To(true),
			RecoveryWindowInDays:     ptr.To[int64](0),
			InstanceClass:            ptr.To("db.t3.micro"),
			AllocatedStorage:         ptr.To[int64](20),
			StorageType:              ptr.To[v1alpha1.StorageType]("gp2"),
			MultiAZ:                  ptr.To(true),
			BackupRetentionPeriod:    ptr.To[int64](7),
			BackupWindow:             ptr.To("03:00-04:00"),
			MaintenanceWindow:        ptr.To("mon:04:00-mon:05:00"),
			SkipFinalSnapshot:        ptr.To(true),
			DeletionProtection:       ptr.To(false),
			DBName:                   ptr.To("platform"),
			Username:                 ptr.To("platform"),
			Credentials:              ptr.To(v1alpha1.CredentialsGenerated),
		},
		Monitoring: &v1alpha1.MonitoringParameters{
			DatabaseCPUPercent: ptr.To[int64](80),
			CacheCPUPercent:    ptr.To[int64](75),
		},
		DeletionPolicy:    ptr.To(v1alpha1.DeletionDelete),
		ProviderConfigRef: &v1alpha1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"},
	}
}

// layer puts layers of parameters, in JSON, over the reference defaults: a
// field of a later layer wins, a list replaces a list, and maps are joined.
// Fields that parameters don't have are ignored.
func layer(layers ...json.RawMessage) (v1alpha1.Parameters, error) {
	p := Defaults()
	for _, l := range layers {
		if len(l) == 0 {
			continue
		}
		if err := json.Unmarshal(l, &p); err != nil {
			return v1alpha1.Parameters{}, err
		}
	}
	return p, nil
}
