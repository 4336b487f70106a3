package platform

// An Observation is what the platform reads of an observed resource.
type Observation struct {
	// Name of the object in Kubernetes.
	Name string

	// ExternalName is the resource's name in AWS.
	ExternalName string

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

	EngineVersion            string
	AllocatedStorage         int64
	ManageMasterUserPassword bool
	AutoGenerateAuthToken    bool
}

// known says whether the spec of a database or a cache was seen. Each has an
// engine version, and a switch that is off is not in a spec.
func (s ObservedSpec) known() bool { return s.EngineVersion != "" }

// ObservedStatus holds the fields of status.atProvider that the platform's own
// status is made of.
type ObservedStatus struct {
	ID                     string
	ARN                    string
	PrimaryEndpointAddress string
	ReaderEndpointAddress  string
	MemberClusters         []string
	Endpoint               string
	Address                string
	Port                   int64
	AllocatedStorage       int64
	EngineVersionActual    string
	MasterUserSecretARN    string
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
