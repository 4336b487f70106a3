// Package connection composes the Secret that applications connect with, of what the other
// components say.
package connection

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

// component is the value of the Secret's label.
const component = "connection"

// Key of the Secret.
const Key = "connection"

// keyRegion is where applications find the region.
const keyRegion = "AWS_REGION"

// secretType is the type of Secrets with connection details, by Crossplane's
// convention.
const secretType = "connection.crossplane.io/v1alpha1"

// Component is the connection.
var Component = kit.Component{
	Condition: "ConnectionReady",
	Public:    []string{keyRegion},
	Resolve:   resolve,
}

// A connection is what an application needs to connect.
type connection struct {
	*kit.Plan

	// SecretName is the name of the Secret with the connection.
	SecretName string

	// Details, as far as they are known.
	Details map[string][]byte
}

// resolve collects what an application needs to connect, and chooses the Secret
// for it, which keeps its name. Values that were known stay while what they come from is
// missing.
func resolve(p *kit.Plan) (kit.Resolved, error) {
	c := &connection{Plan: p, SecretName: p.Request.Name + "-connection"}
	if ref := p.Request.Spec.WriteConnectionSecretToRef; ref != nil {
		c.SecretName = ref.Name
	}

	if !p.Request.Claim {
		name, err := kit.Keep("spec.writeConnectionSecretToRef.name", p.Request.Observed[Key].Name, c.SecretName, true, "applications mount the Secret by its name")
		if err != nil {
			return kit.Resolved{}, err
		}

		c.SecretName = name
	}

	c.Details = c.details()

	return kit.Resolved{Compose: c.compose}, nil
}

// details are those that were published, under those that are known now.
func (c *connection) details() map[string][]byte {
	was := c.Request.PublishedConnection
	if !c.Request.Claim {
		was = c.Request.Observed[Key].Data
	}

	now := map[string]string{}
	for _, of := range c.Connections {
		maps.Copy(now, of.Values)
	}

	if len(now) == 0 && len(was) == 0 {
		return nil
	}

	now[keyRegion] = c.Region

	details := maps.Clone(was)
	if details == nil {
		details = make(map[string][]byte, len(now))
	}

	for k, v := range now {
		details[k] = []byte(v)
	}

	return details
}

// compose composes the Secret that an application mounts with envFrom.
// A claim's XR returns the same keys as its connection details instead, which
// Crossplane writes to the Secret that the claim names.
//
// Crossplane would write into a Secret of that name whosever it is, so that the first
// time it is asked to look.
func (c *connection) compose() kit.Part {
	out := kit.Part{}
	if missing := c.missing(); len(missing) > 0 {
		out.Withheld = append(out.Withheld, kit.Withheld{Why: strings.Join(missing, ", ")})
	}

	if c.Request.Claim {
		out.Publish = c.Details
		return out
	}

	if c.Exists(Key) {
		out.Resources = append(out.Resources, c.secret())
		return out
	}

	if len(c.Details) == 0 {
		return out
	}

	if c.Request.ConnectionSecret != kit.LookupUnsupported {
		out.LookUp = c.SecretName
	}

	switch c.Request.ConnectionSecret {
	case kit.LookupTaken:
		out.Failing = append(out.Failing, fmt.Sprintf("%s: the Secret %q exists, and is not the platform's: choose another name in spec.writeConnectionSecretToRef, or delete that Secret", Key, c.SecretName))
	case kit.LookupPending:
		out.Withheld = append(out.Withheld, kit.Withheld{Key: Key, Plain: true, Why: "not known yet whether its name is free"})
	case kit.LookupUnsupported, kit.LookupFree:
		out.Resources = append(out.Resources, c.secret())
	}

	return out
}

func (c *connection) secret() kit.Resource {
	return kit.Resource{Key: Key, Object: c.Secret(component, c.SecretName, secretType, c.Details), Plain: true}
}

// missing are the keys that are still to come, sorted.
func (c *connection) missing() []string {
	keys := []string{keyRegion}
	for _, of := range c.Connections {
		keys = append(keys, of.Keys...)
	}

	keys = slices.DeleteFunc(keys, func(key string) bool { return len(c.Details[key]) > 0 })
	slices.Sort(keys)

	return keys
}
