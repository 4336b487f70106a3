package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// A Result is something the function had to say about a platform.
type Result struct {
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// String returns a result as one line for a person to read.
func (r Result) String() string {
	return r.Severity + ": " + r.Message
}

// splitResults takes the CLI's output apart.
func splitResults(out []byte) (*Output, error) {
	o := &Output{}
	resources := &bytes.Buffer{}

	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(out))); ; {
		raw, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, fmt.Errorf("cannot read the CLI's output: %w", err)
		}

		doc := struct {
			Result `json:",inline"`

			Kind string `json:"kind"`
		}{}
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			return nil, fmt.Errorf("cannot read the CLI's output: %w", err)
		}

		if doc.Kind != "Result" {
			resources.WriteString("---\n")
			resources.Write(bytes.TrimPrefix(raw, []byte("---\n")))

			continue
		}

		if strings.HasPrefix(doc.Message, "Pipeline step ") {
			o.Results = append(o.Results, doc.Result)
		}
	}

	o.Resources = resources.Bytes()

	return o, nil
}
