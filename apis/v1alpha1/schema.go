package v1alpha1

import _ "embed"

//go:embed zz_generated.schema.json
var schemaJSON []byte

// Schema is the OpenAPI v3 schema of an XDataPlatform's spec and status as
// JSON, the same that the XRDs hold.
func Schema() []byte { return schemaJSON }
