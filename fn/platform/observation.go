package platform

import (
	"slices"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// An Observation is what the platform reads of an observed resource.
type Observation struct {
	// Name of the object in Kubernetes.
	Name string

	// ExternalName is the resource's name in AWS.
	ExternalName string

	// ProviderConfig is the configuration, and so the account, that the resource uses.
	ProviderConfig v1alpha1.ProviderConfigReference

	// ManagementPolicies say what the provider may do with the resource in AWS.
	ManagementPolicies []string

	// Spec holds fields of spec.forProvider that must not change at will.
	Spec ObservedSpec

	// Status holds fields of status.atProvider.
	Status ObservedStatus

	// Ready, Synced and LastAsyncOperation are the resource's conditions. A
	// condition that is not there has no Status.
	Ready              ObservedCondition
	Synced             ObservedCondition
	LastAsyncOperation ObservedCondition

	// Connection details that the provider published.
	Connection map[string][]byte

	// Data of a Secret.
	Data map[string][]byte

	// Of and By are the names of the objects that a Usage is about.
	Of, By string
}

// ObservedSpec holds fields of spec.forProvider that must not change at will.
type ObservedSpec struct {
	CIDRBlock  string
	Name       string
	Identifier string
	DBName     string
	Username   string

	NATGatewayID string

	EngineVersion      string
	ParameterGroupName string
	OptionGroupName    string

	BackupWindow        string
	MaintenanceWindow   string
	AllocatedStorage    int64
	MaxAllocatedStorage int64
	IOPS                int64
	StorageThroughput   int64

	ManageMasterUserPassword bool
	AutoGenerateAuthToken    bool
}

// known says whether the spec of a database or a cache was seen. Each has an
// engine version, and a switch that is off is not in a spec.
func (s ObservedSpec) known() bool { return s.EngineVersion != "" }

// ObservedStatus holds fields of status.atProvider: what AWS has.
type ObservedStatus struct {
	// ID is Terraform's. Of a resource that AWS names it is that name.
	ID                     string
	ARN                    string
	PrimaryEndpointAddress string
	ReaderEndpointAddress  string
	MemberClusters         []string
	Endpoint               string
	Address                string
	Port                   int64
	AllocatedStorage       int64
	IOPS                   int64
	StorageThroughput      int64
	EngineVersionActual    string
	Name                   string
	Identifier             string
	AssociationID          string
	ParameterGroupName     string
	OptionGroupName        string
	MasterUserSecretARN    string
}

// Deletes says that the resource is deleted in AWS when its object is deleted.
func (o Observation) Deletes() bool { return o.permits("Delete") }

// LateInitializes says that the provider writes into the spec what AWS chose.
func (o Observation) LateInitializes() bool { return o.permits("LateInitialize") }

// Recorded says that the provider has recorded the name that AWS gave the resource, and
// that AWS does not show it under another now.
func (o Observation) Recorded() bool {
	return o.ExternalName != "" && (o.Status.ID == "" || o.Status.ID == o.ExternalName)
}

// permits says whether the management policies have an action. No policies at all mean
// every one.
func (o Observation) permits(action string) bool {
	return len(o.ManagementPolicies) == 0 || slices.Contains(o.ManagementPolicies, "*") || slices.Contains(o.ManagementPolicies, action)
}

// An ObservedCondition is a status condition of an observed resource.
type ObservedCondition struct {
	Status  string
	Reason  string
	Message string
}

// True says that the condition is there and true.
func (c ObservedCondition) True() bool { return c.Status == "True" }

// False says that the condition is there and false.
func (c ObservedCondition) False() bool { return c.Status == "False" }
