package platform

import (
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// What RDS asks of PostgreSQL's gp3 storage.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
const (
	// stripedStorage is the size in GiB from which RDS makes a gp3 volume of several:
	// it has more performance then, and only then can be given more.
	stripedStorage = 400

	// stripedIOPS and stripedThroughput, in MiB/s, are what such a volume has at
	// least. It can't be asked for less.
	stripedIOPS       = 12000
	stripedThroughput = 500

	// iopsPerThroughput is how many IOPS each MiB/s needs.
	iopsPerThroughput = 4
)

// storageTypeGP3 is the type of volume whose performance is not bound to its size.
const storageTypeGP3 = "gp3"

const (
	fieldAllocatedStorage    = "spec.database.allocatedStorage"
	fieldMaxAllocatedStorage = "spec.database.maxAllocatedStorage"
	fieldIOPS                = "spec.database.iops"
	fieldStorageThroughput   = "spec.database.storageThroughput"
)

// resolveStorage chooses the size, growth and performance of the database's storage.
// What the developer wrote stands, and what a policy says gives way to it.
func resolveStorage(p *plan) error {
	own := ptr.Deref(p.Spec.Database, v1alpha1.DatabaseParameters{})
	if own.StorageType == nil && (own.IOPS != nil || own.StorageThroughput != nil) {
		// No other type can be given what they ask for.
		p.Database.StorageType = ptr.To[v1alpha1.StorageType](storageTypeGP3)
	}
	if err := resolveSize(p, own); err != nil {
		return err
	}
	return resolvePerformance(p, own)
}

// resolveSize never asks for less than there is, because RDS can't take storage away.
// What AWS has grown by itself may be more than the developer asks for.
func resolveSize(p *plan, own v1alpha1.DatabaseParameters) error {
	o := p.Observed[keyDatabase]
	want, most, has := *p.Database.AllocatedStorage, p.Database.MaxAllocatedStorage, o.Status.AllocatedStorage
	if has == 0 && databaseMade(p) {
		// Its status is not to be seen for a moment.
		has = o.Spec.AllocatedStorage
	}

	grows := most != nil || o.Spec.MaxAllocatedStorage != 0
	if own.AllocatedStorage != nil && want < has && !grows {
		return invalid(fieldAllocatedStorage, want, "AWS has %d GiB, and can't take storage away: use %d or more", has, has)
	}

	if most != nil && *most < leastMaximum(want) {
		switch {
		case own.MaxAllocatedStorage == nil:
			// The policy's maximum is too low for this platform: its storage doesn't grow.
			p.Database.MaxAllocatedStorage = nil
		case own.AllocatedStorage == nil:
			// The policy's size leaves no room below the developer's maximum.
			want = *most * 10 / 11
		default:
			return invalid(fieldMaxAllocatedStorage, *most, "RDS needs it at least a tenth above the allocated storage of %d GiB: use %d or more", want, leastMaximum(want))
		}
	}
	p.Database.AllocatedStorage = ptr.To(max(want, has))
	return nil
}

// leastMaximum is the lowest maximum that RDS takes for a size: a tenth above it.
func leastMaximum(size int64) int64 { return (size*11 + 9) / 10 }

// resolvePerformance makes sure that nobody asks for a performance that the volume can't
// have.
func resolvePerformance(p *plan, own v1alpha1.DatabaseParameters) error {
	if !striped(p) {
		const remedy = "only a gp3 volume of %d GiB or more can be given it, and this is %s with %d: remove it, or change spec.database.storageType or allocatedStorage"
		if own.IOPS != nil {
			return invalid(fieldIOPS, *own.IOPS, remedy, stripedStorage, *p.Database.StorageType, *p.Database.AllocatedStorage)
		}
		if own.StorageThroughput != nil {
			return invalid(fieldStorageThroughput, *own.StorageThroughput, remedy, stripedStorage, *p.Database.StorageType, *p.Database.AllocatedStorage)
		}
		return nil
	}

	iops, throughput := ptr.Deref(p.Database.IOPS, stripedIOPS), ptr.Deref(p.Database.StorageThroughput, stripedThroughput)
	if throughput*iopsPerThroughput > iops {
		switch {
		case own.IOPS == nil:
			iops = throughput * iopsPerThroughput
		case own.StorageThroughput == nil:
			throughput = iops / iopsPerThroughput
		default:
			return invalid(fieldStorageThroughput, throughput, "needs %d IOPS, and has %d: lower it, or raise iops", throughput*iopsPerThroughput, iops)
		}
	}
	p.Database.IOPS, p.Database.StorageThroughput = &iops, &throughput
	return nil
}

// striped says that the database's volume is made of several.
func striped(p *plan) bool {
	return *p.Database.StorageType == storageTypeGP3 && *p.Database.AllocatedStorage >= stripedStorage
}

// storagePerformance is what to ask for. A small gp3 volume has what AWS gives it, and AWS
// refuses to be asked even for that. But late initialisation writes it into the spec,
// where it would stay: it is refused once the volume is large, and asked for again and
// again once its type is another. So where it is in the spec, the spec follows AWS.
func storagePerformance(p *plan) (iops, throughput *float64) {
	if striped(p) {
		return number(p.Database.IOPS), number(p.Database.StorageThroughput)
	}
	o := p.Observed[keyDatabase]
	has, had := o.Status, o.Spec
	// One of the two may not be to be seen for a moment.
	if has.ID == "" {
		has.IOPS, has.StorageThroughput = had.IOPS, had.StorageThroughput
	}
	if !had.known() {
		had.IOPS, had.StorageThroughput = has.IOPS, has.StorageThroughput
	}
	if had.IOPS != 0 {
		iops = number(&has.IOPS)
	}
	if had.StorageThroughput != 0 {
		throughput = number(&has.StorageThroughput)
	}
	return iops, throughput
}

// maxAllocatedStorage is up to where AWS may grow the storage. AWS refuses a maximum below
// what there is. One that is equal ends the growth, and has to be asked for: a maximum
// that is only left out stays.
func maxAllocatedStorage(p *plan) *float64 {
	size := *p.Database.AllocatedStorage
	if most := p.Database.MaxAllocatedStorage; most != nil {
		return ptr.To(float64(max(*most, size)))
	}
	if p.Observed[keyDatabase].Spec.MaxAllocatedStorage != 0 {
		return number(&size)
	}
	return nil
}
