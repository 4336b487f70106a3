package kit

import (
	"slices"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// An Observation is what the platform reads of an observed resource. Each field says
// where it comes from.
type Observation struct {
	// Name of the object in Kubernetes.
	Name string `reads:"metadata.name"`

	// UID of the object, by which others say that it owns them.
	UID string `reads:"metadata.uid"`

	// InUse is Crossplane's label of what there may be a Usage of.
	InUse string `reads:"metadata.labels[crossplane.io/in-use]"`

	// Component that the resource is of. Resources of other steps have none.
	Component string `reads:"metadata.labels[dataplatform.crossplane.io/component]"`

	// ExternalName is the resource's name in AWS.
	ExternalName string `reads:"metadata.annotations[crossplane.io/external-name]"`

	// Stateful says that it holds data, by its kind.
	Stateful bool

	// ProviderConfig is the configuration, and so the account, that the resource uses.
	ProviderConfig v1alpha1.ProviderConfigReference `reads:"spec.providerConfigRef"`

	// ManagementPolicies say what the provider may do with the resource in AWS.
	ManagementPolicies []string `reads:"spec.managementPolicies"`

	// ID is Terraform's. Of a resource that AWS names it is that name.
	ID string `reads:"status.atProvider.id"`

	// Ready, Synced and LastAsyncOperation are the resource's conditions. A condition that
	// is not there has no Status.
	Ready              ObservedCondition `condition:"Ready"`
	Synced             ObservedCondition `condition:"Synced"`
	LastAsyncOperation ObservedCondition `condition:"LastAsyncOperation"`

	// Fields that a component reads of a resource of this kind: a pointer to the type
	// that its Reading names, or nil.
	Fields any

	// Connection details that the provider published.
	Connection map[string][]byte

	// Data of a Secret.
	Data map[string][]byte `reads:"data"`
}

// Fields are what a component reads of the resource with a key, or nothing if there is
// none.
func Fields[T any](p *Plan, key string) T {
	if fields, ok := p.Request.Observed[key].Fields.(*T); ok {
		return *fields
	}

	var none T

	return none
}

// Deletes says that the resource is deleted in AWS when its object is deleted.
func (o Observation) Deletes() bool { return o.permits("Delete") }

// LateInitializes says that the provider writes into the spec what AWS chose.
func (o Observation) LateInitializes() bool { return o.permits("LateInitialize") }

// Recorded says that the provider has recorded the name that AWS gave the resource, and
// that AWS does not show it under another now.
func (o Observation) Recorded() bool {
	return o.ExternalName != "" && (o.ID == "" || o.ID == o.ExternalName)
}

// permits says whether the management policies have an action. No policies at all mean
// every one.
func (o Observation) permits(action string) bool {
	return len(o.ManagementPolicies) == 0 || slices.Contains(o.ManagementPolicies, "*") || slices.Contains(o.ManagementPolicies, action)
}

// An ObservedCondition is a status condition of an observed resource.
type ObservedCondition struct {
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// True says that the condition is there and true.
func (c ObservedCondition) True() bool { return c.Status == "True" }

// False says that the condition is there and false.
func (c ObservedCondition) False() bool { return c.Status == "False" }
