package platform

// An Observation is what the platform reads of an observed resource.
type Observation struct {
	// ExternalName is the resource's name in AWS.
	ExternalName string

	// Spec holds fields of spec.forProvider that AWS can't change.
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
}

// ObservedSpec holds fields of spec.forProvider that AWS can't change.
type ObservedSpec struct {
	CIDRBlock  string
	Name       string
	Identifier string
	DBName     string
	Username   string
}

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
