package platform

import (
	"cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// A plan is a Request with every open question answered: names, zones, blocks
// and tags are final. What AWS can't change of a resource that exists is as it
// is, and the developer is told if they ask for something else.
type plan struct {
	*Request
	v1alpha1.Parameters

	// Region of every resource.
	Region string

	// VPC is the VPC's block.
	VPC string

	Zones []zone

	// Name of the platform in AWS. Resources that exist keep the name they
	// have, whatever the policy's prefix says now.
	Name         string
	StreamName   string
	CacheID      string
	DatabaseID   string
	CacheMembers []string

	// DBName and Username of the database's first database and master user.
	DBName   string
	Username string

	Tags map[string]*string
}

func newPlan(req *Request) (*plan, error) {
	names, err := resolveZones(req)
	if err != nil {
		return nil, err
	}
	vpc, err := resolveVPC(req)
	if err != nil {
		return nil, err
	}
	zones, err := resolveSubnets(req, vpc, names)
	if err != nil {
		return nil, err
	}
	dbName, username, err := resolveMaster(req)
	if err != nil {
		return nil, err
	}
	if err := checkWindows(req.Parameters.Database); err != nil {
		return nil, err
	}
	tags, err := resolveTags(req)
	if err != nil {
		return nil, err
	}

	name := awsName(req)
	cache := cmp.Or(req.Observed[keyCache].ExternalName, name)
	return &plan{
		Request:      req,
		Parameters:   req.Parameters,
		Region:       req.Spec.Region,
		VPC:          vpc.String(),
		Zones:        zones,
		Name:         name,
		StreamName:   cmp.Or(req.Observed[keyStream].ExternalName, name),
		CacheID:      cache,
		CacheMembers: cacheMembers(req, cache),
		DatabaseID:   cmp.Or(req.Observed[keyDatabase].Spec.Identifier, name),
		DBName:       dbName,
		Username:     username,
		Tags:         tags,
	}, nil
}
