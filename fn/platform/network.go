package platform

import (
	"cmp"
	"slices"

	"github.com/upbound/provider-aws/v2/apis/namespaced/ec2/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
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

// internet is every address.
const internet = "0.0.0.0/0"

// composeNetwork composes the VPC, a public and a private subnet in each zone,
// and their routes.
func composeNetwork(p *plan) part {
	c := part{Resources: []Resource{
		{Key: keyVPC, Object: vpc(p)},
		{Key: keyInternetGateway, Object: internetGateway(p)},
		{Key: keyRouteTablePublic, Object: routeTable(p, keyRouteTablePublic, string(tierPublic), labels(componentNetwork, labelTier, string(tierPublic)))},
		{Key: keyRoutePublicInternet, Object: routePublicInternet(p)},
	}}
	for _, z := range p.Zones {
		c.Resources = append(c.Resources,
			Resource{Key: subnetKey(tierPublic, z.Name), Object: subnet(p, tierPublic, z)},
			Resource{Key: subnetKey(tierPrivate, z.Name), Object: subnet(p, tierPrivate, z)},
			Resource{Key: keyRouteTablePrivate + z.Name, Object: routeTable(p, keyRouteTablePrivate+z.Name, string(tierPrivate)+"-"+z.Name, inZone(tierPrivate, z))},
			association(p, tierPublic, z, labels(componentNetwork, labelTier, string(tierPublic))),
			association(p, tierPrivate, z, inZone(tierPrivate, z)),
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
func composeNAT(p *plan, c *part) {
	gateways := natZones(p)
	for _, z := range p.Zones {
		address, gateway := Resource{Key: keyEIPNAT + z.Name, Object: eipNAT(p, z)}, Resource{Key: keyNATGateway + z.Name, Object: natGateway(p, z)}
		switch settled := p.Observed[address.Key]; {
		case !slices.ContainsFunc(gateways, func(g zone) bool { return g.Name == z.Name }):
			// A gateway that is being deleted may not be observed any more. The address
			// then still shows that it is in use.
			held := p.exists(gateway.Key) || settled.Status.AssociationID != ""
			c.Leaving = append(c.Leaving, leaving{Resource: address, Held: held}, leaving{Resource: gateway})
		case p.exists(gateway.Key) || settled.Recorded() && !settled.LateInitializes():
			c.Resources = append(c.Resources, address, gateway)
		default:
			c.Resources = append(c.Resources, address)
			c.Withheld = append(c.Withheld, after(gateway.Key, address.Key))
		}
	}

	for i, z := range p.Zones {
		if len(gateways) == 0 {
			c.Leaving = append(c.Leaving, leaving{Resource: Resource{Key: keyRoutePrivateInternet + z.Name, Object: routePrivateInternet(p, z, z)}})
			continue
		}
		via := gateways[min(i, len(gateways)-1)]
		route := Resource{Key: keyRoutePrivateInternet + z.Name, Object: routePrivateInternet(p, z, via)}
		if !p.exists(route.Key) && p.Observed[keyNATGateway+via.Name].ExternalName == "" {
			c.Withheld = append(c.Withheld, after(route.Key, keyNATGateway+via.Name))
			continue
		}
		c.Resources = append(c.Resources, route)
	}
}

// natZones are the zones with a NAT gateway. A single gateway is in the first
// zone, so that going from one to one a zone keeps it.
func natZones(p *plan) []zone {
	switch *p.Network.NATGateways {
	case v1alpha1.NATGatewaysPerZone:
		return p.Zones
	case v1alpha1.NATGatewaysSingle:
		return p.Zones[:1]
	case v1alpha1.NATGatewaysNone:
	}
	return nil
}

func inZone(t tier, z zone) map[string]string {
	return labels(componentNetwork, labelTier, string(t), labelZone, z.Name)
}

func vpc(p *plan) *v1beta1.VPC {
	return &v1beta1.VPC{
		TypeMeta:   typeMeta(v1beta1.VPC_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentNetwork)),
		Spec: v1beta1.VPCSpec{
			ManagedResourceSpec: p.managed(keyVPC, namedByAWS),
			ForProvider: v1beta1.VPCParameters_2{
				Region:             &p.Region,
				CidrBlock:          ptr.To(p.VPC.String()),
				EnableDNSSupport:   ptr.To(true),
				EnableDNSHostnames: ptr.To(true),
				Tags:               p.tagged(""),
			},
		},
	}
}

func internetGateway(p *plan) *v1beta1.InternetGateway {
	return &v1beta1.InternetGateway{
		TypeMeta:   typeMeta(v1beta1.InternetGateway_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentNetwork)),
		Spec: v1beta1.InternetGatewaySpec{
			ManagedResourceSpec: p.managed(keyInternetGateway, namedByAWS),
			ForProvider: v1beta1.InternetGatewayParameters_2{
				Region:        &p.Region,
				VPCIDSelector: selector(labels(componentNetwork)),
				Tags:          p.tagged(""),
			},
		},
	}
}

// subnet composes a zone's subnet of one tier. Only in a public one does an
// instance get a public address.
func subnet(p *plan, t tier, z zone) *v1beta1.Subnet {
	return &v1beta1.Subnet{
		TypeMeta:   typeMeta(v1beta1.Subnet_GroupVersionKind),
		ObjectMeta: p.meta(inZone(t, z)),
		Spec: v1beta1.SubnetSpec{
			ManagedResourceSpec: p.managed(subnetKey(t, z.Name), namedByAWS),
			ForProvider: v1beta1.SubnetParameters_2{
				Region:              &p.Region,
				AvailabilityZone:    ptr.To(z.Name),
				CidrBlock:           ptr.To(z.Blocks[t]),
				MapPublicIPOnLaunch: ptr.To(t == tierPublic),
				VPCIDSelector:       selector(labels(componentNetwork)),
				Tags:                p.tagged(string(t) + "-" + z.Name),
			},
		},
	}
}

func routeTable(p *plan, key, suffix string, l map[string]string) *v1beta1.RouteTable {
	return &v1beta1.RouteTable{
		TypeMeta:   typeMeta(v1beta1.RouteTable_GroupVersionKind),
		ObjectMeta: p.meta(l),
		Spec: v1beta1.RouteTableSpec{
			ManagedResourceSpec: p.managed(key, namedByAWS),
			ForProvider: v1beta1.RouteTableParameters_2{
				Region:        &p.Region,
				VPCIDSelector: selector(labels(componentNetwork)),
				Tags:          p.tagged(suffix),
			},
		},
	}
}

func association(p *plan, t tier, z zone, table map[string]string) Resource {
	key := keyRouteTableAssociation + string(t) + "-" + z.Name
	return Resource{Key: key, Object: &v1beta1.RouteTableAssociation{
		TypeMeta:   typeMeta(v1beta1.RouteTableAssociation_GroupVersionKind),
		ObjectMeta: p.meta(inZone(t, z)),
		Spec: v1beta1.RouteTableAssociationSpec{
			ManagedResourceSpec: p.managed(key, namedByAWS),
			ForProvider: v1beta1.RouteTableAssociationParameters{
				Region:               &p.Region,
				RouteTableIDSelector: selector(table),
				SubnetIDSelector:     selector(inZone(t, z)),
			},
		},
	}}
}

func routePublicInternet(p *plan) *v1beta1.Route {
	return &v1beta1.Route{
		TypeMeta:   typeMeta(v1beta1.Route_GroupVersionKind),
		ObjectMeta: p.meta(labels(componentNetwork, labelTier, string(tierPublic))),
		Spec: v1beta1.RouteSpec{
			ManagedResourceSpec: p.managed(keyRoutePublicInternet, namedByAWS),
			ForProvider: v1beta1.RouteParameters_2{
				Region:               &p.Region,
				DestinationCidrBlock: ptr.To(internet),
				RouteTableIDSelector: selector(labels(componentNetwork, labelTier, string(tierPublic))),
				GatewayIDSelector:    selector(labels(componentNetwork)),
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
func routePrivateInternet(p *plan, z, via zone) *v1beta1.Route {
	r := &v1beta1.Route{
		TypeMeta:   typeMeta(v1beta1.Route_GroupVersionKind),
		ObjectMeta: p.meta(inZone(tierPrivate, z)),
		Spec: v1beta1.RouteSpec{
			ManagedResourceSpec: p.managed(keyRoutePrivateInternet+z.Name, namedByAWS),
			ForProvider: v1beta1.RouteParameters_2{
				Region:               &p.Region,
				DestinationCidrBlock: ptr.To(internet),
				RouteTableIDSelector: selector(inZone(tierPrivate, z)),
			},
		},
	}

	known := cmp.Or(p.Observed[keyNATGateway+via.Name].ExternalName, p.Observed[keyRoutePrivateInternet+z.Name].Spec.NATGatewayID)
	if known == "" {
		r.Spec.ForProvider.NATGatewayIDSelector = selector(inZone(tierPublic, via))
		return r
	}

	r.Spec.ForProvider.NATGatewayID = &known

	return r
}

func eipNAT(p *plan, z zone) *v1beta1.EIP {
	return &v1beta1.EIP{
		TypeMeta:   typeMeta(v1beta1.EIP_GroupVersionKind),
		ObjectMeta: p.meta(inZone(tierPublic, z)),
		Spec: v1beta1.EIPSpec{
			ManagedResourceSpec: p.managed(keyEIPNAT+z.Name, namedByAWS),
			ForProvider: v1beta1.EIPParameters{
				Region: &p.Region,
				Domain: ptr.To("vpc"),
				Tags:   p.tagged("nat-" + z.Name),
			},
		},
	}
}

func natGateway(p *plan, z zone) *v1beta1.NATGateway {
	return &v1beta1.NATGateway{
		TypeMeta:   typeMeta(v1beta1.NATGateway_GroupVersionKind),
		ObjectMeta: p.meta(inZone(tierPublic, z)),
		Spec: v1beta1.NATGatewaySpec{
			ManagedResourceSpec: p.managed(keyNATGateway+z.Name, namedByAWS),
			ForProvider: v1beta1.NATGatewayParameters_2{
				Region:               &p.Region,
				ConnectivityType:     ptr.To("public"),
				AllocationIDSelector: selector(inZone(tierPublic, z)),
				SubnetIDSelector:     selector(inZone(tierPublic, z)),
				Tags:                 p.tagged("nat-" + z.Name),
			},
		},
	}
}
