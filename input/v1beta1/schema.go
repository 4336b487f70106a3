package v1beta1

import _ "embed"

//go:embed zz_generated.schema.json
var schemaJSON []byte

// Schema is the OpenAPI v3 schema of a Policy as JSON, the same
// that the Function package holds.
func Schema() []byte { return schemaJSON }
