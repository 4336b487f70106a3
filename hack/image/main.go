// Command image assembles the function's runtime image around a static binary,
// as the tarball that crossplane xpkg build embeds. It needs no container engine
// and no base image, and one binary always gives one digest.
package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// The image runs as the user that distroless images call nonroot. It is a number
// because Kubernetes cannot tell whether a name is root's.
const user = "65532:65532"

// machines are the architectures that Crossplane runs on, by their name in Go.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64,
	"arm64": elf.EM_AARCH64,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	binary := flags.String("binary", "", "`file` that is the function, a static Linux binary")
	arch := flags.String("arch", "", "`architecture` of the binary: amd64 or arm64")
	output := flags.String("output", "", "`file` to write the image to")

	if err := flags.Parse(args); err != nil {
		return err
	}

	data, err := os.ReadFile(*binary)
	if err != nil {
		return err
	}

	if err := check(data, *arch); err != nil {
		return fmt.Errorf("%s: %w", *binary, err)
	}

	img, err := build(data, *arch)
	if err != nil {
		return err
	}

	tag, err := name.NewTag("function-data-platform:" + *arch)
	if err != nil {
		return err
	}

	return tarball.WriteToFile(filepath.Clean(*output), tag, img)
}

// check that a binary runs in an image that holds nothing else.
func check(binary []byte, arch string) error {
	machine, ok := machines[arch]
	if !ok {
		return fmt.Errorf("unknown architecture %q; use amd64 or arm64", arch)
	}

	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("not a Linux binary: %w; build it with GOOS=linux", err)
	}

	if f.Machine != machine {
		return fmt.Errorf("a binary for %s, not for %s; build it with GOARCH=%s", f.Machine, machine, arch)
	}

	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("linked dynamically, and the image has no C library; build it with CGO_ENABLED=0")
		}
	}

	return nil
}

// build the image. Its one layer holds the binary; its times are fixed, so that
// its digest depends on the binary alone.
func build(binary []byte, arch string) (v1.Image, error) {
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return archive(binary) })
	if err != nil {
		return nil, err
	}

	img, err := mutate.Append(empty.Image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{CreatedBy: "COPY function /function", Created: v1.Time{Time: time.Unix(0, 0).UTC()}},
	})
	if err != nil {
		return nil, err
	}

	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}

	cfg = cfg.DeepCopy()
	cfg.OS = "linux"
	cfg.Architecture = arch
	cfg.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	cfg.Config = v1.Config{
		Entrypoint:   []string{"/function"},
		ExposedPorts: map[string]struct{}{"9443/tcp": {}},
		User:         user,
		WorkingDir:   "/",
	}

	return mutate.ConfigFile(img, cfg)
}

func archive(binary []byte) (io.ReadCloser, error) {
	b := &bytes.Buffer{}
	w := tar.NewWriter(b)

	err := w.WriteHeader(&tar.Header{
		Name:     "function",
		Typeflag: tar.TypeReg,
		Mode:     0o755,
		Size:     int64(len(binary)),
		ModTime:  time.Unix(0, 0),
	})
	if err != nil {
		return nil, err
	}

	if _, err := w.Write(binary); err != nil {
		return nil, err
	}

	return io.NopCloser(b), w.Close()
}
