package main

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	"github.com/crossplane/function-sdk-go/errors"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform"
)

// providerGroup is in the apiVersion of provider-aws's namespaced kinds.
const providerGroup = ".aws.m.upbound.io/"

// decodeObserved reads what the platform needs of each observed resource,
// straight from protobuf: converting whole resources costs several times what
// the rest of a call does.
func decodeObserved(resources map[string]*fnv1.Resource) (map[string]platform.Observation, error) {
	observed := make(map[string]platform.Observation, len(resources))
	// In order, so that of two errors the same one is told each time.
	for _, key := range slices.Sorted(maps.Keys(resources)) {
		if !isOurs(resources[key].GetResource()) {
			continue
		}
		o, err := decodeResource(resources[key])
		if err != nil {
			return nil, errors.Wrapf(err, "%q", key)
		}
		observed[key] = o
	}
	return observed, nil
}

// isOurs says whether a resource is of a kind that the platform is made of.
// Other steps' resources may be of any kind; what they hold is not read.
func isOurs(s *structpb.Struct) bool {
	apiVersion, kind := s.GetFields()["apiVersion"].GetStringValue(), s.GetFields()["kind"].GetStringValue()
	return strings.Contains(apiVersion, providerGroup) || apiVersion == "v1" && kind == "Secret" || apiVersion == protectionv1beta1.SchemeGroupVersion.String()
}

func decodeResource(resource *fnv1.Resource) (platform.Observation, error) {
	r := &reader{root: resource.GetResource()}
	o := platform.Observation{
		Name:         r.text("metadata", "name"),
		ExternalName: r.text("metadata", "annotations", meta.AnnotationKeyExternalName),
		Connection:   resource.GetConnectionDetails(),

		ProviderConfig:     v1alpha1.ProviderConfigReference{Kind: r.text("spec", "providerConfigRef", "kind"), Name: r.text("spec", "providerConfigRef", "name")},
		ManagementPolicies: r.texts("spec", "managementPolicies"),
	}
	// The XR's own Usages and Secrets have no status of a provider's.
	o.Status.ID = r.text("status", "atProvider", "id")

	for _, c := range r.objects("status", "conditions") {
		at := &reader{root: c}
		condition := platform.ObservedCondition{Status: at.text("status"), Reason: at.text("reason"), Message: at.text("message")}
		switch at.text("type") {
		case "Ready":
			o.Ready = condition
		case "Synced":
			o.Synced = condition
		case "LastAsyncOperation":
			o.LastAsyncOperation = condition
		}
		if at.err != nil {
			return o, errors.Wrap(at.err, "status.conditions")
		}
	}

	// Of a kind that has two groups only what both have is read: a v1 Secret has
	// data, one of Secrets Manager an ARN.
	switch r.text("kind") {
	case protectionv1beta1.UsageKind:
		o.Of = r.text("spec", "of", "resourceRef", "name")
		o.By = r.text("spec", "by", "resourceRef", "name")
	case "Secret":
		o.Spec.Name = r.text("spec", "forProvider", "name")
		o.Status.Name = r.text("status", "atProvider", "name")
		o.Status.ARN = r.text("status", "atProvider", "arn")
		o.Data = r.data("data")
	case "VPC", "Subnet":
		o.Spec.CIDRBlock = r.text("spec", "forProvider", "cidrBlock")
	case "SecurityGroup":
		o.Spec.Name = r.text("spec", "forProvider", "name")
		o.Status.Name = r.text("status", "atProvider", "name")
	case "EIP":
		o.Status.AssociationID = r.text("status", "atProvider", "associationId")
	case "Route":
		o.Spec.NATGatewayID = r.text("spec", "forProvider", "natGatewayId")
	case "MetricAlarm":
		o.Spec.Identifier = r.text("spec", "forProvider", "dimensions", "DBInstanceIdentifier")
	case "Stream":
		o.Status.ARN = r.text("status", "atProvider", "arn")
	case "ReplicationGroup":
		o.Status.PrimaryEndpointAddress = r.text("status", "atProvider", "primaryEndpointAddress")
		o.Status.ReaderEndpointAddress = r.text("status", "atProvider", "readerEndpointAddress")
		o.Status.MemberClusters = r.texts("status", "atProvider", "memberClusters")
		o.Spec.EngineVersion = r.text("spec", "forProvider", "engineVersion")
		o.Status.EngineVersionActual = r.text("status", "atProvider", "engineVersionActual")
		o.Spec.AutoGenerateAuthToken = r.flag("spec", "forProvider", "autoGenerateAuthToken")
	case "Instance":
		o.Spec.Identifier = r.text("spec", "forProvider", "identifier")
		o.Spec.DBName = r.text("spec", "forProvider", "dbName")
		o.Spec.Username = r.text("spec", "forProvider", "username")
		o.Spec.EngineVersion = r.text("spec", "forProvider", "engineVersion")
		o.Spec.ParameterGroupName = r.text("spec", "forProvider", "parameterGroupName")
		o.Spec.OptionGroupName = r.text("spec", "forProvider", "optionGroupName")
		o.Spec.BackupWindow = r.text("spec", "forProvider", "backupWindow")
		o.Spec.MaintenanceWindow = r.text("spec", "forProvider", "maintenanceWindow")
		o.Spec.AllocatedStorage = r.whole("spec", "forProvider", "allocatedStorage")
		o.Spec.MaxAllocatedStorage = r.whole("spec", "forProvider", "maxAllocatedStorage")
		o.Spec.IOPS = r.whole("spec", "forProvider", "iops")
		o.Spec.StorageThroughput = r.whole("spec", "forProvider", "storageThroughput")
		o.Spec.ManageMasterUserPassword = r.flag("spec", "forProvider", "manageMasterUserPassword")
		o.Status.EngineVersionActual = r.text("status", "atProvider", "engineVersionActual")
		o.Status.AllocatedStorage = r.whole("status", "atProvider", "allocatedStorage")
		o.Status.IOPS = r.whole("status", "atProvider", "iops")
		o.Status.StorageThroughput = r.whole("status", "atProvider", "storageThroughput")
		o.Status.Identifier = r.text("status", "atProvider", "identifier")
		o.Status.ParameterGroupName = r.text("status", "atProvider", "parameterGroupName")
		o.Status.OptionGroupName = r.text("status", "atProvider", "optionGroupName")
		o.Status.Endpoint = r.text("status", "atProvider", "endpoint")
		o.Status.Address = r.text("status", "atProvider", "address")
		o.Status.Port = r.whole("status", "atProvider", "port")
		for _, s := range r.objects("status", "atProvider", "masterUserSecret") {
			at := &reader{root: s}
			o.Status.MasterUserSecretARN = at.text("secretArn")
			if at.err != nil {
				return o, errors.Wrap(at.err, "status.atProvider.masterUserSecret")
			}
		}
	}
	return o, r.err
}
