package platform

import (
	"cmp"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// status is the XR's status: what AWS made of the platform. An output that was
// known stays while a resource's own status is empty for a moment.
func status(p *plan) v1alpha1.XDataPlatformStatus {
	var (
		network     = ptr.Deref(p.Status.Network, v1alpha1.NetworkStatus{})
		stream      = ptr.Deref(p.Status.Stream, v1alpha1.StreamStatus{})
		cache       = ptr.Deref(p.Status.Cache, v1alpha1.CacheStatus{})
		database    = ptr.Deref(p.Status.Database, v1alpha1.DatabaseStatus{})
		credentials = ptr.Deref(p.Status.Credentials, v1alpha1.CredentialsStatus{})
	)

	network.VPCID = cmp.Or(p.Observed[keyVPC].Status.ID, network.VPCID)
	before := network
	network.AvailabilityZones = nil
	for _, z := range p.Zones {
		network.AvailabilityZones = append(network.AvailabilityZones, v1alpha1.AvailabilityZone(z.Name))
	}
	network.PublicSubnetIDs = subnetIDs(p, tierPublic, before.AvailabilityZones, before.PublicSubnetIDs)
	network.PrivateSubnetIDs = subnetIDs(p, tierPrivate, before.AvailabilityZones, before.PrivateSubnetIDs)

	s := p.Observed[keyStream].Status
	stream.ARN = cmp.Or(s.ARN, stream.ARN)
	if stream.ARN != "" {
		stream.Name = p.StreamName
	}

	s = p.Observed[keyCache].Status
	cache.PrimaryEndpoint = cmp.Or(s.PrimaryEndpointAddress, cache.PrimaryEndpoint)
	cache.ReaderEndpoint = cmp.Or(s.ReaderEndpointAddress, cache.ReaderEndpoint)
	if cache.PrimaryEndpoint != "" {
		cache.Port = cachePort
	}

	s = p.Observed[keyDatabase].Status
	database.Endpoint = cmp.Or(s.Endpoint, database.Endpoint)
	database.Host = cmp.Or(s.Address, database.Host)
	database.Port = cmp.Or(s.Port, database.Port)
	if database.Endpoint != "" {
		database.Name = *p.Database.DBName
	}

	arn := p.Observed[keyCredentials].Status.ARN
	if p.managedByRDS() {
		arn = s.MasterUserSecretARN
	}
	credentials.SecretARN = cmp.Or(arn, credentials.SecretARN)

	return v1alpha1.XDataPlatformStatus{
		Network:     &network,
		Stream:      orNil(stream),
		Cache:       orNil(cache),
		Database:    orNil(database),
		Credentials: orNil(credentials),
	}
}

// subnetIDs are the ids of a tier's subnets in the order of the zones. The id of a subnet
// that is not known stays what it was, if the list before says so: it has no zones, and
// tells whose its ids are only if none was left out.
func subnetIDs(p *plan, t tier, zones []v1alpha1.AvailabilityZone, before []string) []string {
	var ids []string
	for _, z := range p.Zones {
		o := p.Observed[subnetKey(t, z.Name)]
		id := cmp.Or(o.Status.ID, o.ExternalName)
		if i := slices.Index(zones, v1alpha1.AvailabilityZone(z.Name)); id == "" && i >= 0 && len(before) == len(zones) {
			id = before[i]
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
