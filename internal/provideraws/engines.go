package provideraws

import (
	"strconv"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// newest minor versions of the engines that AWS offers, by major version. Of PostgreSQL it
// offers those before too. ElastiCache numbers Redis's by itself, so there the minor version
// is part of the major one.
// https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
var newest = map[string]map[string]int{
	"postgres": {"12": 22, "13": 23, "14": 20, "15": 16, "16": 12, "17": 8, "18": 2},
	"redis":    {"6.2": 0, "7.0": 0, "7.1": 0},
}

// Offered returns AWS's version for one that it is asked for, and whether it offers it. Of a
// major version alone it takes the newest.
func Offered(engine, version string) (actual string, offered bool) {
	if last, ok := newest[engine][version]; ok {
		return version + "." + strconv.Itoa(last), true
	}

	at := strings.LastIndex(version, ".")
	if at < 0 {
		return "", false
	}

	minor, err := strconv.Atoi(version[at+1:])
	last, ok := newest[engine][version[:at]]

	return version, err == nil && ok && minor <= last && strconv.Itoa(minor) == version[at+1:]
}

// DefaultGroup is the parameter group that AWS takes for a version where it is not told
// another.
func DefaultGroup(engine, version string) string {
	// Since version 7 there is one for all minor versions of Redis too.
	if engine == "redis" && kit.Major(version) == "6" {
		return "default.redis6.x"
	}

	return "default." + engine + kit.Major(version)
}

// threshold from which on RDS stripes a PostgreSQL database's gp3 volume, in GiB.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
const threshold = 400

// StripedStorage says that a database's storage is of a type and size whose performance can be
// chosen. Below that AWS refuses any.
func StripedStorage(storageType string, size int64) bool {
	return storageType == "gp3" && size >= threshold
}

// Performance that AWS gives the volume of a database: what it was asked for, where that can
// be chosen.
func Performance(forProvider Object) (iops, throughput int64) {
	iops, throughput = Number(forProvider["iops"]), Number(forProvider["storageThroughput"])

	switch storageType, _ := forProvider["storageType"].(string); {
	case StripedStorage(storageType, Number(forProvider["allocatedStorage"])):
		return max(12000, iops), max(500, throughput)
	case storageType == "gp3":
		return 3000, 125
	case storageType == "gp2":
		return 0, 0
	default:
		return iops, throughput
	}
}

// maxStorage is how far AWS lets a database's storage grow. It has none if that is as large as
// the storage.
func maxStorage(forProvider Object) int64 {
	if most := Number(forProvider["maxAllocatedStorage"]); most != Number(forProvider["allocatedStorage"]) {
		return most
	}

	return 0
}

// Number that a value of an object is, or 0.
func Number(value any) int64 {
	switch n := value.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	default:
		return 0
	}
}
