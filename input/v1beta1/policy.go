package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

// A Policy is what the platform team decides for every data platform that its
// Composition makes.
// +kubebuilder:object:root=true
// +kubebuilder:storageversion
// +kubebuilder:resource:categories=crossplane
type Policy struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Defaults lie between the reference defaults and the developer's spec:
	// each field set here holds where the developer set none. What AWS can't
	// change (the provider configuration, the VPC's and the subnets' blocks, the
	// database's name, user and credentials, the cache's authentication) holds for
	// new platforms only, and no version falls. A default that does not go together
	// with what a developer wrote gives way.
	// +optional
	Defaults *v1alpha1.Parameters `json:"defaults,omitempty"`

	// Allow says how far a developer may reach out of their namespace.
	// +optional
	// +dataplatform:defaultDescription="no further than the account of the default provider configuration"
	Allow *Allow `json:"allow,omitempty"`

	// ProviderConfigRenames are provider configurations that go by another name
	// now, and mean the same AWS account as before. Platforms follow. Without it
	// a platform keeps the configuration that it has.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:XValidation:rule="self.all(r, self.exists_one(s, s.from.kind == r.from.kind && s.from.name == r.from.name))",message="providerConfigRenames must not rename a configuration twice: keep one"
	// +kubebuilder:validation:XValidation:rule="self.all(r, !self.exists(s, s.from.kind == r.to.kind && s.from.name == r.to.name))",message="providerConfigRenames must name the last name of each configuration: to must not be another's from"
	// +listType=atomic
	ProviderConfigRenames []ProviderConfigRename `json:"providerConfigRenames,omitempty"`

	// AvailabilityZones of each region, by the region's name. A platform that
	// names no zones of its own is built in the first two. It holds for new
	// platforms only.
	// +optional
	// +dataplatform:defaultDescription="a table of the regions' zones"
	// +kubebuilder:validation:MaxProperties=40
	// +kubebuilder:validation:XValidation:rule="self.all(r, self[r].all(z, z.startsWith(r)))",message="each list must hold zones of the region that is its key, such as us-east-1a of us-east-1"
	AvailabilityZones map[string]Zones `json:"availabilityZones,omitempty"`

	// NamePrefix starts the name of everything that is named in AWS: lower case
	// letters, digits and single hyphens, starting with a letter, at most 16
	// characters, and neither sg nor sg- and more. It holds for new resources only.
	// +optional
	// +dataplatform:default="dp"
	// +kubebuilder:validation:XValidation:rule="self != 'sg' && !self.startsWith('sg-')",message="namePrefix must not be sg nor start with sg-: EC2 keeps such names for itself; choose another"
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
	NamePrefix *string `json:"namePrefix,omitempty"`

	// Tags are put on every AWS resource that takes tags. They win over the
	// developer's. At most 20.
	// +optional
	// +kubebuilder:validation:XValidation:rule="size(self) <= 20",message="tags must be at most 20: developers may have 25, and AWS has room for 45 of both; remove some"
	Tags v1alpha1.Tags `json:"tags,omitempty"`

	// ResponseTTL is how long Crossplane may reuse the function's answer, as a
	// duration such as 30s, 1m or 2h, while all of the platform is ready. It is
	// also how often such a platform is reconciled when nothing changes. A platform
	// that is not ready is reconciled each minute, or as often as this says if that
	// is more often.
	// +optional
	// +dataplatform:default="10m"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,3}(s|m|h)$`
	ResponseTTL *metav1.Duration `json:"responseTTL,omitempty"`
}

// Allow says how far a developer may reach out of their namespace. What it does not
// permit is refused, but for what a platform has already.
type Allow struct {
	// ExternalNames lets platforms take over what exists in AWS, with
	// spec.externalNames. Whoever names a resource there owns it from then on: it
	// is changed, and deleted, with their platform.
	// +optional
	// +dataplatform:default=false
	ExternalNames *bool `json:"externalNames,omitempty"`

	// ProviderConfigs are the ClusterProviderConfigs, and so the AWS accounts, that
	// platforms may name besides the default one. A ProviderConfig in the
	// platform's own namespace needs no permission.
	// +optional
	// +dataplatform:defaultDescription="none"
	// +kubebuilder:validation:MaxItems=256
	// +listType=atomic
	ProviderConfigs []v1alpha1.ProviderConfigReference `json:"providerConfigs,omitempty"`
}

// A ProviderConfigRename is a provider configuration's old name and its new one.
type ProviderConfigRename struct {
	// From is what the configuration was called.
	// +required
	From v1alpha1.ProviderConfigReference `json:"from,omitempty"`

	// To is what it is called now. It must use the same AWS account.
	// +required
	To v1alpha1.ProviderConfigReference `json:"to,omitempty"`
}

// Zones are availability zones of one region.
// +kubebuilder:validation:MinItems=2
// +kubebuilder:validation:MaxItems=6
// +kubebuilder:validation:XValidation:rule="self.all(z, self.exists_one(y, y == z))",message="a list must not repeat a zone"
type Zones []v1alpha1.AvailabilityZone
