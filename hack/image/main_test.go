package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// newBinary returns the smallest ELF file, with a segment of each given type.
func newBinary(t *testing.T, machine elf.Machine, segments ...elf.ProgType) []byte {
	t.Helper()

	const headerSize, segmentSize = 64, 56

	header := elf.Header64{
		Ident:     [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:      uint16(elf.ET_EXEC),
		Machine:   uint16(machine),
		Version:   uint32(elf.EV_CURRENT),
		Phoff:     headerSize,
		Ehsize:    headerSize,
		Phentsize: segmentSize,
		Phnum:     uint16(len(segments)),
	}

	b := &bytes.Buffer{}
	if err := binary.Write(b, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}

	for _, s := range segments {
		if err := binary.Write(b, binary.LittleEndian, elf.Prog64{Type: uint32(s)}); err != nil {
			t.Fatal(err)
		}
	}

	return b.Bytes()
}

func TestRun(t *testing.T) {
	cases := map[string]struct {
		reason string
		binary []byte
		arch   string
		want   string // Part of the error.
	}{
		"Static": {
			reason: "A static binary of the right architecture becomes an image.",
			binary: newBinary(t, elf.EM_AARCH64, elf.PT_LOAD),
			arch:   "arm64",
		},
		"Dynamic": {
			reason: "The image has no dynamic linker.",
			binary: newBinary(t, elf.EM_X86_64, elf.PT_LOAD, elf.PT_INTERP),
			arch:   "amd64",
			want:   "build it with CGO_ENABLED=0",
		},
		"OtherArchitecture": {
			reason: "An image must not claim an architecture that its binary does not have.",
			binary: newBinary(t, elf.EM_X86_64),
			arch:   "arm64",
			want:   "a binary for EM_X86_64, not for EM_AARCH64",
		},
		"UnknownArchitecture": {
			reason: "The error says which architectures there are.",
			binary: newBinary(t, elf.EM_X86_64),
			arch:   "riscv64",
			want:   `unknown architecture "riscv64"; use amd64 or arm64`,
		},
		"NotLinux": {
			reason: "A binary that was built for another system does not run.",
			binary: []byte("MZ"),
			arch:   "amd64",
			want:   "build it with GOOS=linux",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			input := filepath.Join(dir, "function")
			output := filepath.Join(dir, "image.tar")

			if err := os.WriteFile(input, tc.binary, 0o600); err != nil {
				t.Fatal(err)
			}

			err := run([]string{"-binary", input, "-arch", tc.arch, "-output", output})
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("%s\nrun(): want an error with %q, got %v", tc.reason, tc.want, err)
				}

				return
			}

			if err != nil {
				t.Fatalf("%s\nrun(): %v", tc.reason, err)
			}

			// Read as crossplane xpkg build reads it.
			img, err := tarball.ImageFromPath(output, nil)
			if err != nil {
				t.Fatal(err)
			}

			assertImage(t, img, tc.binary, tc.arch)
		})
	}
}

func assertImage(t *testing.T, img v1.Image, binary []byte, arch string) {
	t.Helper()

	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}

	want := v1.Config{
		Entrypoint:   []string{"/function"},
		ExposedPorts: map[string]struct{}{"9443/tcp": {}},
		User:         "65532:65532",
		WorkingDir:   "/",
	}
	if diff := cmp.Diff(want, cfg.Config); diff != "" {
		t.Errorf("config: -want, +got:\n%s", diff)
	}

	if diff := cmp.Diff("linux/"+arch, cfg.OS+"/"+cfg.Architecture); diff != "" {
		t.Errorf("platform: -want, +got:\n%s", diff)
	}

	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}

	if len(layers) != 1 {
		t.Fatalf("layers: want 1, got %d", len(layers))
	}

	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}

	r := tar.NewReader(content)

	h, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}

	if h.Name != "function" || h.Mode != 0o755 {
		t.Errorf("layer: want function with mode 755, got %s with mode %o", h.Name, h.Mode)
	}

	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}

	if !bytes.Equal(binary, got) {
		t.Error("layer: the function is not the binary")
	}

	if _, err := r.Next(); err != io.EOF {
		t.Errorf("layer: want nothing but the function, got %v", err)
	}
}

func TestBuildIsReproducible(t *testing.T) {
	binary := newBinary(t, elf.EM_X86_64)
	digests := map[string]bool{}

	for range 3 {
		img, err := build(binary, "amd64")
		if err != nil {
			t.Fatal(err)
		}

		d, err := img.Digest()
		if err != nil {
			t.Fatal(err)
		}

		digests[d.String()] = true
	}

	if len(digests) != 1 {
		t.Errorf("one binary gives %d images: %v", len(digests), digests)
	}
}
