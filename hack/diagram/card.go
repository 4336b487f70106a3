package main

import (
	"fmt"
	"strings"
)

// textIndent is where the text of a card begins, beside its icon.
const textIndent = inset + iconSize + 10

// card paints a service: a stripe, an icon and lines of text.
func (d *picture) card(b box, icon, color string, lines []line) {
	d.rect(b, shape{Fill: colorWhite, Stroke: colorLine, Radius: 4})
	d.rect(box{b.X, b.Y, 4, b.H}, shape{Fill: color, Radius: 2})
	d.icon(b.X+inset+2, b.Y+inset, icon, color)
	d.texts(b.X+textIndent, b.Y+inset, wrap(lines, cardText(b.W)))
}

func cardHeight(lines []line, width int) int {
	return height(wrap(lines, cardText(width))) + 2*inset - 4
}

func cardText(width int) int {
	return width - textIndent - inset
}

func (d *picture) titleLine() line {
	return line{Text: "Data platform " + d.p.Name, Size: 20, Bold: true, Color: colorText}
}

func (d *picture) header() []line {
	return wrap([]line{
		d.titleLine(),
		note(fmt.Sprintf("Drawn from what make render prints: %d resources", d.p.Resources)),
	}, d.region.W)
}

func (d *picture) wrongLines() []line {
	lines := make([]line, 0, len(d.p.Wrong))
	for _, w := range d.p.Wrong {
		lines = append(lines, line{Text: "Wrong: " + w, Size: 13, Bold: true, Color: colorWrong})
	}

	return wrap(lines, d.region.W-2*inset)
}

// describe says what the picture shows, for those who cannot see it.
func (d *picture) describe() string {
	zones := make([]string, 0, len(d.p.Zones))
	for _, z := range d.p.Zones {
		zones = append(zones, z.Name)
	}

	text := fmt.Sprintf("A VPC %s in %s, with a public and a private subnet in each of %s. %s and %s are in the private subnets. Beside the VPC are a Kinesis stream and CloudWatch alarms.",
		d.p.CIDR, d.p.Region, strings.Join(zones, ", "), product(d.p.Cache.Engine), product(d.p.Database.Engine))

	for _, l := range d.wrongLines() {
		text = strings.Join([]string{text, l.Text}, " ")
	}

	return text
}

func zoneLine(z zone) line {
	return line{Text: z.Name, Size: 13, Bold: true, Color: colorText}
}

func nameLine(s subnet) line {
	return note(s.Name)
}

func cidrLine(s subnet) line {
	return body(s.CIDR)
}

// right tells whether a subnet is what its tier says.
func right(s subnet, tier string) bool {
	return s.public() == (tier == tierPublic)
}

func subnetShape(s subnet, tier string) shape {
	switch {
	case !right(s, tier), s.strandsNAT():
		return shape{Fill: colorWrongFill, Stroke: colorWrong, Width: 3, Radius: 6}
	case tier == tierPublic:
		return shape{Fill: colorPublicFill, Stroke: colorPublic, Radius: 6}
	default:
		return shape{Fill: colorPrivateFill, Stroke: colorPrivate, Radius: 6}
	}
}

func subnetLines(s subnet, tier string, width int) []line {
	title := heading("Public subnet", colorPublic)

	switch {
	case !right(s, tier):
		title = heading("Wrong: not "+tier, colorWrong)
	case tier == tierPrivate:
		title = heading("Private subnet", colorPrivate)
	}

	lines := []line{title, nameLine(s), cidrLine(s)}

	for _, r := range s.Routes {
		lines = append(lines, routeLine(r, tier))
	}

	if len(s.Routes) == 0 {
		lines = append(lines, body("no route to the internet"))
	}

	if s.strandsNAT() {
		lines = append(lines, line{Text: s.NAT + " has no way out", Size: 13, Bold: true, Color: colorWrong})
	}

	return wrap(lines, width)
}

func routeLine(r route, tier string) line {
	switch {
	case !r.Internet:
		return body(r.Destination + " to the NAT gateway in " + r.NATZone)
	case tier == tierPublic:
		return body(r.Destination + " to the internet")
	default:
		return line{Text: r.Destination + " to the internet gateway", Size: 13, Bold: true, Color: colorWrong}
	}
}

// product is how the makers of an engine write its name.
func product(engine string) string {
	switch engine {
	case "postgres":
		return "PostgreSQL"
	case "redis":
		return "Redis"
	default:
		return engine
	}
}

func (d *picture) cacheLines() []line {
	c := d.p.Cache

	return append([]line{
		heading(product(c.Engine)+" "+c.Version, colorText),
		body(c.Clusters + " clusters of " + c.NodeType + ", " + choose(c.MultiAZ, "Multi-AZ", "not Multi-AZ") + ", " +
			choose(c.Failover, "automatic failover", "no automatic failover")),
		note(encryption(c.AtRest, c.InTransit) + choose(c.Token, ", with an authentication token", "")),
	}, d.ruleLines(c.placement)...)
}

func (d *picture) databaseLines() []line {
	b := d.p.Database

	return append([]line{
		heading(product(b.Engine)+" "+b.Version, colorText),
		body(b.Class + ", " + b.Storage + ", " + choose(b.MultiAZ, "Multi-AZ", "not Multi-AZ")),
		note(choose(b.Encrypted, "encrypted at rest", "not encrypted at rest") + choose(b.BackupDays != "", ", backups for "+b.BackupDays+" days", "")),
	}, d.ruleLines(b.placement)...)
}

func encryption(atRest, inTransit bool) string {
	switch {
	case atRest && inTransit:
		return "encrypted at rest and in transit"
	case atRest:
		return "encrypted at rest, not in transit"
	case inTransit:
		return "encrypted in transit, not at rest"
	default:
		return "not encrypted"
	}
}

// ruleLines say what a security group lets in and out.
func (d *picture) ruleLines(p placement) []line {
	return []line{
		body("security group in: " + d.rules(p.Ingress, "from")),
		note("security group out: " + d.rules(p.Egress, "to")),
	}
}

func (d *picture) rules(rules []rule, preposition string) string {
	if len(rules) == 0 {
		return "nothing"
	}

	var ss []string

	for _, r := range rules {
		peers := strings.Join(r.Peers, ", ")
		if peers == d.p.CIDR {
			peers += " (the VPC)"
		}

		ss = append(ss, r.Ports+" "+preposition+" "+peers)
	}

	return strings.Join(ss, "; ")
}

func (d *picture) streamLines() []line {
	s := d.p.Stream
	mode := strings.ReplaceAll(strings.ToLower(s.Mode), "_", " ")

	return []line{
		heading("Kinesis stream", colorText),
		note(s.Name),
		body(choose(s.Shards == "", mode, mode+", "+s.Shards+" shards")),
		body(s.Retention + " h retention"),
		note(choose(s.Encrypted == "" || s.Encrypted == "NONE", "not encrypted", "encrypted with "+s.Encrypted)),
	}
}

func alarmLines(p *platform, a alarm) []line {
	target := line{Size: 13, Bold: true, Color: colorText}

	switch a.Target {
	case targetCache:
		target.Text = product(p.Cache.Engine) + " clusters " + strings.Join(a.Members, ", ")
	case targetDatabase:
		target.Text = product(p.Database.Engine)
	case targetStream:
		target.Text = "Kinesis stream"
	default:
		target.Text = "Wrong: watches nothing here"
		target.Color = colorWrong
	}

	lines := []line{
		target,
		body(a.Condition),
		note(a.Periods),
	}

	if a.Missing != "" {
		lines = append(lines, note("missing data: "+a.Missing))
	}

	if len(a.Actions) > 0 {
		lines = append(lines, note("notifies "+strings.Join(a.Actions, ", ")))
	}

	return wrap(lines, sideWidth-4*inset)
}

func secretLines(name string) []line {
	return []line{heading("Secrets Manager secret", colorText), note(name)}
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}

	return no
}
