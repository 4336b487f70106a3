package database

import (
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
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
func (d *database) resolveStorage() error {
	own := d.own()
	if own.StorageType == nil && (own.IOPS != nil || own.StorageThroughput != nil) {
		// No other type can be given what they ask for.
		d.Parameters.Database.StorageType = ptr.To[v1alpha1.StorageType](storageTypeGP3)
	}

	if err := d.resolveSize(); err != nil {
		return err
	}

	return d.resolvePerformance()
}

// resolveSize never asks for less than there is, because RDS can't take storage away.
// What AWS has grown by itself may be more than the developer asks for.
func (d *database) resolveSize() error {
	own, o := d.own(), d.Observed

	want, most, has := *d.Parameters.Database.AllocatedStorage, d.Parameters.Database.MaxAllocatedStorage, o.ActualStorage
	if has == 0 && d.made() {
		// Its status is not to be seen for a moment.
		has = o.AllocatedStorage
	}

	grows := most != nil || o.MaxAllocatedStorage != 0
	if own.AllocatedStorage != nil && want < has && !grows {
		return kit.Invalid(fieldAllocatedStorage, want, "AWS has %d GiB, and can't take storage away: use %d or more", has, has)
	}

	if most != nil && *most < leastMaximum(want) {
		switch {
		case own.MaxAllocatedStorage == nil:
			// The policy's maximum is too low for this platform: its storage doesn't grow.
			d.Parameters.Database.MaxAllocatedStorage = nil
		case own.AllocatedStorage == nil:
			// The policy's size leaves no room below the developer's maximum.
			want = *most * 10 / 11
		default:
			return kit.Invalid(fieldMaxAllocatedStorage, *most, "RDS needs it at least a tenth above the allocated storage of %d GiB: use %d or more", want, leastMaximum(want))
		}
	}

	d.Parameters.Database.AllocatedStorage = ptr.To(max(want, has))

	return nil
}

// leastMaximum is the lowest maximum that RDS takes for a size: a tenth above it.
func leastMaximum(size int64) int64 { return (size*11 + 9) / 10 }

// resolvePerformance makes sure that nobody asks for a performance that the volume can't
// have.
func (d *database) resolvePerformance() error {
	own := d.own()
	if !d.striped() {
		const remedy = "only a gp3 volume of %d GiB or more can be given it, and this is %s with %d: remove it, or change spec.database.storageType or allocatedStorage"
		if own.IOPS != nil {
			return kit.Invalid(fieldIOPS, *own.IOPS, remedy, stripedStorage, *d.Parameters.Database.StorageType, *d.Parameters.Database.AllocatedStorage)
		}

		if own.StorageThroughput != nil {
			return kit.Invalid(fieldStorageThroughput, *own.StorageThroughput, remedy, stripedStorage, *d.Parameters.Database.StorageType, *d.Parameters.Database.AllocatedStorage)
		}

		return nil
	}

	iops, throughput := ptr.Deref(d.Parameters.Database.IOPS, stripedIOPS), ptr.Deref(d.Parameters.Database.StorageThroughput, stripedThroughput)
	if throughput*iopsPerThroughput > iops {
		switch {
		case own.IOPS == nil:
			iops = throughput * iopsPerThroughput
		case own.StorageThroughput == nil:
			throughput = iops / iopsPerThroughput
		default:
			return kit.Invalid(fieldStorageThroughput, throughput, "needs %d IOPS, and has %d: lower it, or raise iops", throughput*iopsPerThroughput, iops)
		}
	}

	d.Parameters.Database.IOPS, d.Parameters.Database.StorageThroughput = &iops, &throughput

	return nil
}

// striped says that the database's volume is made of several.
func (d *database) striped() bool {
	return *d.Parameters.Database.StorageType == storageTypeGP3 && *d.Parameters.Database.AllocatedStorage >= stripedStorage
}

// A performance is what a volume can do, in IOPS and in MiB/s.
type performance struct{ IOPS, Throughput int64 }

// storagePerformance is what to ask for. A small gp3 volume has what AWS gives it, and AWS
// refuses to be asked even for that. But late initialisation writes it into the spec,
// where it would stay: it is refused once the volume is large, and asked for again and
// again once its type is another. So where it is in the spec, the spec follows AWS.
func (d *database) storagePerformance() (iops, throughput *float64) {
	if d.striped() {
		return kit.Number(d.Parameters.Database.IOPS), kit.Number(d.Parameters.Database.StorageThroughput)
	}

	o := d.Observed
	asked, has := performance{o.IOPS, o.StorageThroughput}, performance{o.ActualIOPS, o.ActualStorageThroughput}
	// One of the two may not be to be seen for a moment.
	if d.Request.Observed[keyDatabase].ID == "" {
		has = asked
	}

	if !o.seen() {
		asked = has
	}

	if asked.IOPS != 0 {
		iops = kit.Number(&has.IOPS)
	}

	if asked.Throughput != 0 {
		throughput = kit.Number(&has.Throughput)
	}

	return iops, throughput
}

// maxAllocatedStorage is up to where AWS may grow the storage. AWS refuses a maximum below
// what there is. One that is equal ends the growth, and has to be asked for: a maximum
// that is only left out stays.
func (d *database) maxAllocatedStorage() *float64 {
	size := *d.Parameters.Database.AllocatedStorage
	if most := d.Parameters.Database.MaxAllocatedStorage; most != nil {
		return ptr.To(float64(max(*most, size)))
	}

	if d.Observed.MaxAllocatedStorage != 0 {
		return kit.Number(&size)
	}

	return nil
}
