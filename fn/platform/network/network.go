// Package network composes where the platform is: a VPC with a public and a private subnet
// in each zone, their routes, and the security groups of what is in them.
package network

import (
	"cmp"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/aws/ec2"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// Keys of the network's resources. Those of a zone end with its name.
const (
	keyVPC                   = "vpc"
	keyInternetGateway       = "internet-gateway"
	keyRouteTablePublic      = "route-table-public"
	keyRoutePublicInternet   = "route-public-internet"
	keyRouteTablePrivate     = "route-table-private-"
	keyRoutePrivateInternet  = "route-private-internet-"
	keyRouteTableAssociation = "route-table-association-"
	keyEIPNAT                = "eip-nat-"
	keyNATGateway            = "nat-gateway-"
)

// component is the value of the network's label.
const component = "network"

// internet is every address.
const internet = "0.0.0.0/0"

// Component is the network.
var Component = kit.Component{
	Condition: "NetworkReady",
	Reads: []kit.Reading{
		kit.Read[ObservedBlock](ec2.VPCGroupVersionKind),
		kit.Read[ObservedBlock](ec2.SubnetGroupVersionKind),
		kit.Read[ObservedAddress](ec2.EIPGroupVersionKind),
		kit.Read[ObservedRoute](ec2.RouteGroupVersionKind),
		kit.Read[ObservedGroup](ec2.SecurityGroupGroupVersionKind),
	},
	Resolve: resolve,
}

// ObservedBlock is what is read of a VPC or a subnet.
type ObservedBlock struct {
	CIDRBlock string `reads:"spec.forProvider.cidrBlock"`
}

// ObservedAddress is what is read of an EIP.
type ObservedAddress struct {
	AssociationID string `reads:"status.atProvider.associationId"`
}

// ObservedRoute is what is read of a route.
type ObservedRoute struct {
	NATGatewayID string `reads:"spec.forProvider.natGatewayId"`
}

// ObservedGroup is what is read of a security group.
type ObservedGroup struct {
	Asked string `reads:"spec.forProvider.name"`
	Has   string `reads:"status.atProvider.name"`
}

// resolve chooses the zones, then the VPC's block, then the blocks in it.
func resolve(p *kit.Plan) (kit.Resolved, error) {
	for _, resolve := range []func(*kit.Plan) error{resolveZones, resolveVPC, resolveSubnets} {
		if err := resolve(p); err != nil {
			return kit.Resolved{}, err
		}
	}

	return kit.Resolved{
		Compose: func() kit.Part { return compose(p) },
		Status:  func(s *v1alpha1.XDataPlatformStatus) { s.Network = status(p, s.Network) },
	}, nil
}

// compose composes the VPC, a public and a private subnet in each zone,
// and their routes.
//
// AWS would delete the internet gateway before the public subnets. That they go first puts
// it after the NAT gateways in them, and the VPC after them, with one Usage a zone in the
// place of two.
func compose(p *kit.Plan) kit.Part {
	c := kit.Part{Resources: []kit.Resource{
		{Key: keyVPC, Object: vpc(p)},
		{Key: keyInternetGateway, Object: internetGateway(p), Needs: []string{keyVPC}},
		{Key: keyRouteTablePublic, Object: routeTable(p, keyRouteTablePublic, string(kit.TierPublic), kit.Labels(component, kit.LabelTier, string(kit.TierPublic))), Needs: []string{keyVPC}},
		{Key: keyRoutePublicInternet, Object: routePublicInternet(p)},
	}}
	for _, z := range p.Network.Zones {
		c.Resources = append(c.Resources,
			kit.Resource{Key: subnetKey(kit.TierPublic, z.Name), Object: subnet(p, kit.TierPublic, z), Needs: []string{keyVPC, keyInternetGateway}},
			kit.Resource{Key: subnetKey(kit.TierPrivate, z.Name), Object: subnet(p, kit.TierPrivate, z), Needs: []string{keyVPC}},
			kit.Resource{Key: keyRouteTablePrivate + z.Name, Object: routeTable(p, keyRouteTablePrivate+z.Name, string(kit.TierPrivate)+"-"+z.Name, inZone(kit.TierPrivate, z)), Needs: []string{keyVPC}},
			association(p, kit.TierPublic, z, kit.Labels(component, kit.LabelTier, string(kit.TierPublic))),
			association(p, kit.TierPrivate, z, inZone(kit.TierPrivate, z)),
		)
	}

	composeNAT(p, &c)

	return c
}

// composeNAT composes the private subnets' way out, if they have one.
//
// A gateway is withheld until late initialisation of its address has ended: it would write
// the gateway's interface into the address's spec, and when the platform is deleted the
// provider would attach the address to that again. A route is withheld until its gateway is
// known: it would only fail until then.
func composeNAT(p *kit.Plan, c *kit.Part) {
	gateways := natZones(p)
	for _, z := range p.Network.Zones {
		address, gateway := kit.Resource{Key: keyEIPNAT + z.Name, Object: eipNAT(p, z)}, kit.Resource{Key: keyNATGateway + z.Name, Object: natGateway(p, z)}
		needs := []string{keyInternetGateway, address.Key, subnetKey(kit.TierPublic, z.Name)}

		switch settled := p.Request.Observed[address.Key]; {
		case !slices.ContainsFunc(gateways, func(g kit.Zone) bool { return g.Name == z.Name }):
			// A gateway that is being deleted may not be observed any more. The address
			// then still shows that it is in use.
			held := p.Exists(gateway.Key) || kit.Fields[ObservedAddress](p, address.Key).AssociationID != ""
			c.Leaving = append(c.Leaving, kit.Leaving{Resource: address, Held: held}, kit.Leaving{Resource: gateway})
		case p.Exists(gateway.Key) || settled.Recorded() && !settled.LateInitializes():
			gateway.Needs = needs
			c.Resources = append(c.Resources, address, gateway)
		default:
			gateway.Needs = needs

			c.Resources = append(c.Resources, address)
			c.Withheld = append(c.Withheld, kit.After(gateway, address.Key))
		}
	}

	for i, z := range p.Network.Zones {
		if len(gateways) == 0 {
			c.Leaving = append(c.Leaving, kit.Leaving{Resource: kit.Resource{Key: keyRoutePrivateInternet + z.Name, Object: routePrivateInternet(p, z, z)}})
			continue
		}

		via := gateways[min(i, len(gateways)-1)]

		route := kit.Resource{Key: keyRoutePrivateInternet + z.Name, Object: routePrivateInternet(p, z, via)}
		if !p.Exists(route.Key) && p.Request.Observed[keyNATGateway+via.Name].ExternalName == "" {
			c.Withheld = append(c.Withheld, kit.After(route, keyNATGateway+via.Name))
			continue
		}

		c.Resources = append(c.Resources, route)
	}
}

// natZones are the zones with a NAT gateway. A single gateway is in the first
// zone, so that going from one to one a zone keeps it.
func natZones(p *kit.Plan) []kit.Zone {
	switch *p.Parameters.Network.NATGateways {
	case v1alpha1.NATGatewaysPerZone:
		return p.Network.Zones
	case v1alpha1.NATGatewaysSingle:
		return p.Network.Zones[:1]
	case v1alpha1.NATGatewaysNone:
	}

	return nil
}

func inZone(t kit.Tier, z kit.Zone) map[string]string {
	return kit.Labels(component, kit.LabelTier, string(t), kit.LabelZone, z.Name)
}

func vpc(p *kit.Plan) *ec2.VPC {
	return &ec2.VPC{
		TypeMeta:   kit.TypeMeta(ec2.VPCGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(component)),
		Spec: ec2.VPCSpec{
			ManagedResourceSpec: p.Managed(keyVPC, ec2.VPCGroupVersionKind),
			ForProvider: ec2.VPCParameters{
				Region:             &p.Region,
				CidrBlock:          ptr.To(p.Network.VPC.String()),
				EnableDNSSupport:   ptr.To(true),
				EnableDNSHostnames: ptr.To(true),
				Tags:               p.Tagged(""),
			},
		},
	}
}

func internetGateway(p *kit.Plan) *ec2.InternetGateway {
	return &ec2.InternetGateway{
		TypeMeta:   kit.TypeMeta(ec2.InternetGatewayGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(component)),
		Spec: ec2.InternetGatewaySpec{
			ManagedResourceSpec: p.Managed(keyInternetGateway, ec2.InternetGatewayGroupVersionKind),
			ForProvider: ec2.InternetGatewayParameters{
				Region:        &p.Region,
				VPCIDSelector: kit.Selector(kit.Labels(component)),
				Tags:          p.Tagged(""),
			},
		},
	}
}

// subnet composes a zone's subnet of one tier. Only in a public one does an
// instance get a public address.
func subnet(p *kit.Plan, t kit.Tier, z kit.Zone) *ec2.Subnet {
	return &ec2.Subnet{
		TypeMeta:   kit.TypeMeta(ec2.SubnetGroupVersionKind),
		ObjectMeta: p.Meta(inZone(t, z)),
		Spec: ec2.SubnetSpec{
			ManagedResourceSpec: p.Managed(subnetKey(t, z.Name), ec2.SubnetGroupVersionKind),
			ForProvider: ec2.SubnetParameters{
				Region:              &p.Region,
				AvailabilityZone:    ptr.To(z.Name),
				CidrBlock:           ptr.To(z.Blocks[t]),
				MapPublicIPOnLaunch: ptr.To(t == kit.TierPublic),
				VPCIDSelector:       kit.Selector(kit.Labels(component)),
				Tags:                p.Tagged(string(t) + "-" + z.Name),
			},
		},
	}
}

func routeTable(p *kit.Plan, key, suffix string, l map[string]string) *ec2.RouteTable {
	return &ec2.RouteTable{
		TypeMeta:   kit.TypeMeta(ec2.RouteTableGroupVersionKind),
		ObjectMeta: p.Meta(l),
		Spec: ec2.RouteTableSpec{
			ManagedResourceSpec: p.Managed(key, ec2.RouteTableGroupVersionKind),
			ForProvider: ec2.RouteTableParameters{
				Region:        &p.Region,
				VPCIDSelector: kit.Selector(kit.Labels(component)),
				Tags:          p.Tagged(suffix),
			},
		},
	}
}

func association(p *kit.Plan, t kit.Tier, z kit.Zone, table map[string]string) kit.Resource {
	key := keyRouteTableAssociation + string(t) + "-" + z.Name

	return kit.Resource{Key: key, Object: &ec2.RouteTableAssociation{
		TypeMeta:   kit.TypeMeta(ec2.RouteTableAssociationGroupVersionKind),
		ObjectMeta: p.Meta(inZone(t, z)),
		Spec: ec2.RouteTableAssociationSpec{
			ManagedResourceSpec: p.Managed(key, ec2.RouteTableAssociationGroupVersionKind),
			ForProvider: ec2.RouteTableAssociationParameters{
				Region:               &p.Region,
				RouteTableIDSelector: kit.Selector(table),
				SubnetIDSelector:     kit.Selector(inZone(t, z)),
			},
		},
	}}
}

func routePublicInternet(p *kit.Plan) *ec2.Route {
	return &ec2.Route{
		TypeMeta:   kit.TypeMeta(ec2.RouteGroupVersionKind),
		ObjectMeta: p.Meta(kit.Labels(component, kit.LabelTier, string(kit.TierPublic))),
		Spec: ec2.RouteSpec{
			ManagedResourceSpec: p.Managed(keyRoutePublicInternet, ec2.RouteGroupVersionKind),
			ForProvider: ec2.RouteParameters{
				Region:               &p.Region,
				DestinationCidrBlock: ptr.To(internet),
				RouteTableIDSelector: kit.Selector(kit.Labels(component, kit.LabelTier, string(kit.TierPublic))),
				GatewayIDSelector:    kit.Selector(kit.Labels(component)),
			},
		},
	}
}

// routePrivateInternet routes a zone's private subnet to the NAT gateway in the
// zone via. The gateway changes when a platform goes from a single one to one a
// zone.
//
// The provider finds the first gateway. A later one it can't: of a kind with
// several references, resolving one again makes it drop what it wrote for the
// others (crossplane/crossplane-runtime issue 655). So a gateway is named as soon
// as it is known, and the one before is until then.
func routePrivateInternet(p *kit.Plan, z, via kit.Zone) *ec2.Route {
	r := &ec2.Route{
		TypeMeta:   kit.TypeMeta(ec2.RouteGroupVersionKind),
		ObjectMeta: p.Meta(inZone(kit.TierPrivate, z)),
		Spec: ec2.RouteSpec{
			ManagedResourceSpec: p.Managed(keyRoutePrivateInternet+z.Name, ec2.RouteGroupVersionKind),
			ForProvider: ec2.RouteParameters{
				Region:               &p.Region,
				DestinationCidrBlock: ptr.To(internet),
				RouteTableIDSelector: kit.Selector(inZone(kit.TierPrivate, z)),
			},
		},
	}

	known := cmp.Or(p.Request.Observed[keyNATGateway+via.Name].ExternalName, kit.Fields[ObservedRoute](p, keyRoutePrivateInternet+z.Name).NATGatewayID)
	if known == "" {
		r.Spec.ForProvider.NATGatewayIDSelector = kit.Selector(inZone(kit.TierPublic, via))
		return r
	}

	r.Spec.ForProvider.NATGatewayID = &known

	return r
}

func eipNAT(p *kit.Plan, z kit.Zone) *ec2.EIP {
	return &ec2.EIP{
		TypeMeta:   kit.TypeMeta(ec2.EIPGroupVersionKind),
		ObjectMeta: p.Meta(inZone(kit.TierPublic, z)),
		Spec: ec2.EIPSpec{
			ManagedResourceSpec: p.Managed(keyEIPNAT+z.Name, ec2.EIPGroupVersionKind),
			ForProvider: ec2.EIPParameters{
				Region: &p.Region,
				Domain: ptr.To("vpc"),
				Tags:   p.Tagged("nat-" + z.Name),
			},
		},
	}
}

func natGateway(p *kit.Plan, z kit.Zone) *ec2.NATGateway {
	return &ec2.NATGateway{
		TypeMeta:   kit.TypeMeta(ec2.NATGatewayGroupVersionKind),
		ObjectMeta: p.Meta(inZone(kit.TierPublic, z)),
		Spec: ec2.NATGatewaySpec{
			ManagedResourceSpec: p.Managed(keyNATGateway+z.Name, ec2.NATGatewayGroupVersionKind),
			ForProvider: ec2.NATGatewayParameters{
				Region:               &p.Region,
				ConnectivityType:     ptr.To("public"),
				AllocationIDSelector: kit.Selector(inZone(kit.TierPublic, z)),
				SubnetIDSelector:     kit.Selector(inZone(kit.TierPublic, z)),
				Tags:                 p.Tagged("nat-" + z.Name),
			},
		},
	}
}
