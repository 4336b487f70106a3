package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/crossplane/function-sdk-go"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
)

// floorCommand makes this program the floor.
const floorCommand = "floor"

// A floor is a function that has its answers ready. It decodes what it is
// asked, and encodes what it answers.
type floor struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	// answers by the number of observed resources.
	answers map[int]*fnv1.RunFunctionResponse
}

// RunFunction answers.
func (f *floor) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	a, ok := f.answers[len(req.GetObserved().GetResources())]
	if !ok {
		return nil, fmt.Errorf("no answer is ready for %d observed resources", len(req.GetObserved().GetResources()))
	}

	rsp := response.To(req, response.DefaultTTL)
	rsp.Desired = a.GetDesired()
	rsp.Conditions = a.GetConditions()
	rsp.Results = a.GetResults()

	return rsp, nil
}

// answerFile holds the answer for a number of observed resources.
func answerFile(dir string, observed int) string {
	return filepath.Join(dir, fmt.Sprintf("%d.pb", observed))
}

func serveFloor(args []string) error {
	flags := flag.NewFlagSet(floorCommand, flag.ExitOnError)
	address := flags.String("address", "", "Where to listen.")
	answers := flags.String("answers", "", "The directory that holds the answers.")
	_ = flags.Parse(args) // It exits on an error.

	f := &floor{answers: map[int]*fnv1.RunFunctionResponse{}}

	files, err := filepath.Glob(filepath.Join(*answers, "*.pb"))
	if err != nil {
		return err
	}

	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}

		n := 0
		if _, err := fmt.Sscanf(filepath.Base(file), "%d.pb", &n); err != nil {
			return err
		}

		f.answers[n] = &fnv1.RunFunctionResponse{}
		if err := proto.Unmarshal(b, f.answers[n]); err != nil {
			return err
		}
	}

	// As the function serves, but for its flags.
	return function.Serve(f,
		function.Listen("tcp", *address),
		function.Insecure(true),
		function.WithMetricsServer(""))
}
