package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is painted, in its order.
type painted struct {
	Rects []paintedRect
	Texts []paintedText
}

type paintedRect struct {
	Box          box
	Fill, Stroke string
}

// Box of a text is from its baseline to the height of its font.
type paintedText struct {
	Box  box
	Text string
	Fill string
}

func parse(t *testing.T, svg string) painted {
	t.Helper()

	var (
		p    painted
		open *paintedText
	)

	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return p
		}

		if err != nil {
			t.Fatalf("not XML: %v", err)
		}

		switch token := token.(type) {
		case xml.StartElement:
			a := map[string]string{}
			for _, attr := range token.Attr {
				a[attr.Name.Local] = attr.Value
			}

			switch token.Name.Local {
			case "rect":
				p.Rects = append(p.Rects, paintedRect{box{integer(t, a["x"]), integer(t, a["y"]), integer(t, a["width"]), integer(t, a["height"])}, a["fill"], a["stroke"]})
			case "text":
				size := integer(t, a["font-size"])
				b := box{X: integer(t, a["x"]), Y: integer(t, a["y"]) - size, H: size}

				open = &paintedText{Box: b, Fill: a["fill"]}
				if a["text-anchor"] == "middle" {
					open.Box.W = -1
				}

				if a["font-weight"] != "" {
					open.Fill += " bold"
				}
			}
		case xml.CharData:
			if open == nil {
				continue
			}

			fill, bold := strings.CutSuffix(open.Fill, " bold")
			width := textWidth(string(token), open.Box.H, bold)

			if open.Box.W < 0 {
				open.Box.X -= width / 2
			}

			open.Text, open.Fill, open.Box.W = string(token), fill, width
			p.Texts = append(p.Texts, *open)
			open = nil
		}
	}
}

func integer(t *testing.T, s string) int {
	t.Helper()

	i, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}

	return i
}

func contains(outer, inner box) bool {
	return inner.X >= outer.X && inner.right() <= outer.right() && inner.Y >= outer.Y && inner.bottom() <= outer.bottom()
}

func overlap(a, b box) bool {
	return a.X < b.right() && b.X < a.right() && a.Y < b.bottom() && b.Y < a.bottom()
}

// checkTexts tells of texts that leave the box that they begin in, or that cover
// each other.
func checkTexts(t *testing.T, p painted) {
	t.Helper()

	for i, text := range p.Texts {
		// The last that is painted is what a reader sees the text in.
		var in box

		for _, r := range p.Rects {
			if contains(r.Box, box{X: text.Box.X, Y: text.Box.Y}) {
				in = r.Box
			}
		}

		if !contains(in, text.Box) {
			t.Errorf("%q at %v leaves its box %v", text.Text, text.Box, in)
		}

		for _, other := range p.Texts[:i] {
			if overlap(text.Box, other.Box) {
				t.Errorf("%q at %v covers %q at %v", text.Text, text.Box, other.Text, other.Box)
			}
		}
	}
}

func TestDrawFits(t *testing.T) {
	nats := map[string]func(zones []string) map[string]string{
		"None":   func([]string) map[string]string { return nil },
		"Single": func(zones []string) map[string]string { return every(zones, zones[0]) },
		"PerZone": func(zones []string) map[string]string {
			nat := map[string]string{}
			for _, z := range zones {
				nat[z] = z
			}

			return nat
		},
	}

	edits := map[string]func(t *testing.T, docs map[string]string){
		"Reference": func(*testing.T, map[string]string) {},
		"Long": func(t *testing.T, docs map[string]string) {
			t.Helper()
			replace(t, docs, "", "name: shop", "name: "+strings.Repeat("shop-of-shops-", 5))
			replace(t, docs, "", "namespace: team", "namespace: "+strings.Repeat("t", 63))
			replace(t, docs, "vpc", "10.0.0.0/16", "192.168.100.128/25")
			replace(t, docs, "stream", "external-name: dp-shop", "external-name: "+strings.Repeat("x", 128))
			replace(t, docs, "alarm-database", "pager", strings.Repeat("pager-", 40))
			docs["credentials"] = strings.ReplaceAll(secret, "dp-shop", strings.Repeat("dp-shop-", 30))
		},
		"Wrong": func(t *testing.T, docs map[string]string) {
			t.Helper()
			delete(docs, "route-public")
			replace(t, docs, "route-table-private-eu-west-1a", "tier: private, dataplatform.crossplane.io/zone: eu-west-1a", "tier: public")
			replace(t, docs, "route-table-public", "tier: public", "tier: private, dataplatform.crossplane.io/zone: eu-west-1a")
			replace(t, docs, "alarm-database", "DBInstanceIdentifier", "Identifier")
			replace(t, docs, "subnet-group-cache", "tier: private", "tier: private, dataplatform.crossplane.io/zone: eu-west-1b")
		},
	}

	for natName, nat := range nats {
		for editName, edit := range edits {
			for n := 2; n <= 6; n++ {
				t.Run(fmt.Sprintf("%s/%s/%d", natName, editName, n), func(t *testing.T) {
					var zones []string
					for i := range n {
						zones = append(zones, "eu-west-1"+string(rune('a'+i)))
					}

					docs := render(t, options{Zones: zones, NAT: nat(zones)})
					edit(t, docs)

					p, err := extract(join(docs))
					if err != nil {
						t.Fatal(err)
					}

					svg := draw(p)
					checkTexts(t, parse(t, svg))

					for range 3 {
						if draw(p) != svg {
							t.Fatal("draw(): the same platform gives different pictures")
						}
					}
				})
			}
		}
	}
}

func every(zones []string, nat string) map[string]string {
	m := map[string]string{}
	for _, z := range zones {
		m[z] = nat
	}

	return m
}

// The picture of a subnet tells what its routes say, not what it is called.
func TestDrawSubnets(t *testing.T) {
	type drawn struct {
		Title        string
		Fill, Stroke string
	}

	public := drawn{"Public subnet", colorPublicFill, colorPublic}
	private := drawn{"Private subnet", colorPrivateFill, colorPrivate}

	cases := map[string]struct {
		reason string
		change func(p *platform)
		want   []drawn // Public and private in one zone after the other.
	}{
		"Right": {
			reason: "Public subnets have a way to the internet, private ones do not.",
			want:   []drawn{public, private, public, private},
		},
		"PrivateWithInternet": {
			reason: "A private subnet with a route to the internet must not look private.",
			change: func(p *platform) { p.Zones[0].Private.Routes = routeInternet },
			want:   []drawn{public, {"Wrong: not private", colorWrongFill, colorWrong}, public, private},
		},
		"PublicWithoutInternet": {
			reason: "A public subnet without a route to the internet must not look public.",
			change: func(p *platform) { p.Zones[1].Public.Routes = nil },
			want:   []drawn{public, private, {"Wrong: not public", colorWrongFill, colorWrong}, private},
		},
		"PrivateWithNAT": {
			reason: "A route to a NAT gateway leaves a subnet private.",
			change: func(p *platform) {
				p.Zones[0].Public.NAT = "nat"
				p.Zones[0].Private.Routes = []route{{Destination: "0.0.0.0/0", NATZone: "eu-west-1a"}}
			},
			want: []drawn{public, private, public, private},
		},
		"NATInPrivate": {
			reason: "A NAT gateway in a private subnet cannot work.",
			change: func(p *platform) { p.Zones[0].Private.NAT = "nat" },
			want:   []drawn{public, {"Private subnet", colorWrongFill, colorWrong}, public, private},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := parse(t, draw(platformOf(tc.change)))
			checkTexts(t, p)

			var got []drawn

			for _, r := range p.Rects {
				for _, text := range p.Texts {
					// The title is where a subnet's box has its first line.
					if text.Box.X == r.Box.X+inset && text.Box.Y >= r.Box.Y && text.Box.Y < r.Box.Y+inset && strings.HasPrefix(r.Stroke, "#") &&
						(strings.HasSuffix(text.Text, " subnet") || strings.HasPrefix(text.Text, "Wrong: not ")) {
						got = append(got, drawn{text.Text, r.Fill, r.Stroke})
					}
				}
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\ndraw(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Every fact of a platform is somewhere in its picture.
func TestDrawFacts(t *testing.T) {
	docs := render(t, options{Zones: bothZones, NAT: every(bothZones, "eu-west-1b")})
	docs["credentials"] = secret

	p, err := extract(join(docs))
	if err != nil {
		t.Fatal(err)
	}

	var got strings.Builder
	for _, text := range parse(t, draw(p)).Texts {
		got.WriteString(text.Text + "\n")
	}

	want := []string{
		"Data platform team/shop",
		"Region eu-west-1",
		"VPC 10.0.0.0/16",
		"eu-west-1a",
		"eu-west-1b",
		"Internet gateway",
		"subnet-public-eu-west-1a",
		"10.0.0.0/24",
		"0.0.0.0/0 to the internet",
		"subnet-private-eu-west-1b",
		"10.0.1.0/24",
		"0.0.0.0/0 to the NAT gateway",
		"in eu-west-1b",
		"NAT gateway",
		"Redis 7.0",
		"2 clusters of cache.t3.micro, Multi-AZ, automatic failover",
		"encrypted at rest and in transit",
		"security group in: tcp 6379 from 10.0.0.0/16 (the VPC)",
		"security group out: all to 0.0.0.0/0",
		"PostgreSQL 15.15",
		"db.t3.micro, 20 GiB gp2, Multi-AZ",
		"encrypted at rest, backups for 7 days",
		"security group in: tcp 5432 from 10.0.0.0/16 (the VPC)",
		"Kinesis stream",
		"provisioned, 2 shards",
		"24 h retention",
		"encrypted with KMS",
		"IncomingRecords sum < 1",
		"3 periods of 5 min",
		"missing data: breaching",
		"Redis clusters 001, 002",
		"CPUUtilization average > 75",
		"PostgreSQL",
		"CPUUtilization average > 80",
		"notifies pager",
		"Secrets Manager secret",
		"dp-shop-credentials",
	}

	for _, w := range want {
		if !strings.Contains("\n"+got.String(), "\n"+w+"\n") {
			t.Errorf("draw(): no text %q in:\n%s", w, got.String())
		}
	}
}

func TestEncryption(t *testing.T) {
	cases := map[[2]bool]string{
		{true, true}:   "encrypted at rest and in transit",
		{true, false}:  "encrypted at rest, not in transit",
		{false, true}:  "encrypted in transit, not at rest",
		{false, false}: "not encrypted",
	}

	for in, want := range cases {
		if got := encryption(in[0], in[1]); got != want {
			t.Errorf("encryption(%t, %t): want %q, got %q", in[0], in[1], want, got)
		}
	}
}

func TestWrap(t *testing.T) {
	cases := map[string]struct {
		reason string
		text   string
		width  int
		want   []string
	}{
		"Fits": {
			reason: "A short text stays in one line.",
			text:   "one two",
			width:  200,
			want:   []string{"one two"},
		},
		"Words": {
			reason: "A line breaks between words.",
			text:   "one two three",
			width:  textWidth("one two", 12, false),
			want:   []string{"one two", "three"},
		},
		"Hyphen": {
			reason: "A long name breaks behind a hyphen.",
			text:   "subnet-private-eu-west-1a",
			width:  textWidth("subnet-private-eu-w", 12, false),
			want:   []string{"subnet-private-eu-", "west-1a"},
		},
		"NoHyphen": {
			reason: "A name without a hyphen breaks where it must.",
			text:   "aaaaaaaa",
			width:  textWidth("aaa", 12, false),
			want:   []string{"aaa", "aaa", "aa"},
		},
		"TooNarrow": {
			reason: "It ends even where nothing fits.",
			text:   "ab",
			width:  0,
			want:   []string{"a", "b"},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, l := range wrap([]line{{Text: tc.text, Size: 12}}, tc.width) {
				got = append(got, l.Text)
			}

			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nwrap(): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRun(t *testing.T) {
	docs := render(t, options{Zones: bothZones})
	replace(t, docs, "database", "publiclyAccessible: false", "publiclyAccessible: true")

	stdout, stderr := &bytes.Buffer{}, &bytes.Buffer{}
	if err := run(bytes.NewReader(join(docs)), stdout, stderr); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff("wrong: database is publicly accessible\n", stderr.String()); diff != "" {
		t.Errorf("run(): what is wrong is said: -want, +got:\n%s", diff)
	}

	if !strings.HasPrefix(stdout.String(), "<svg ") {
		t.Errorf("run(): want an SVG on stdout, got %q", stdout)
	}

	stdout.Reset()

	if err := run(strings.NewReader(""), stdout, stderr); err == nil || stdout.Len() > 0 {
		t.Errorf("run(): no input: want an error and no picture, got %v and %q", err, stdout)
	}
}
