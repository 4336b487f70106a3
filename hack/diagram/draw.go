package main

import (
	"slices"
	"strings"
)

// Distances between things, in pixels.
const (
	margin = 20
	pad    = 16
	inset  = 12
	gap    = 14

	// sideGap is where lines go between the VPC and the services beside it.
	sideGap   = 40
	sideWidth = 256

	pillHeight = 28
	iconSize   = 18

	// stem is how far from a zone's right edge its way out is drawn: in the middle of
	// a NAT gateway.
	natWidth = 112
	stem     = 2*inset + natWidth/2
)

// A picture of a platform: where everything is, and the canvas that it is painted on.
type picture struct {
	canvas

	p *platform

	title    box
	wrong    box
	internet box
	region   box
	vpc      box
	gateway  box
	zones    []zoneBoxes
	cache    box
	database box
	stream   box
	alarms   box
	rows     []box
	secrets  []box

	// bus is where the ways of the public subnets meet, and natBus those of the
	// private ones.
	bus    int
	natBus int

	width, height int
}

type zoneBoxes struct {
	zone    box
	public  box
	private box
	nat     box
}

// draw paints a platform as SVG.
func draw(p *platform) string {
	d := &picture{p: p}
	d.layout()
	d.paint()

	return d.svg(d.width, d.height, d.titleLine().Text, d.describe())
}

func (d *picture) layout() {
	zoneWidth := d.zoneWidth()
	d.vpc.X = margin + pad
	d.vpc.W = len(d.p.Zones)*(zoneWidth+gap) - gap + 2*pad
	d.region.X = margin
	d.region.W = pad + d.vpc.W + sideGap + sideWidth + pad
	d.width = d.region.right() + margin

	d.title = box{margin, margin, d.region.W, height(d.header())}
	y := d.title.bottom()

	if len(d.p.Wrong) > 0 {
		d.wrong = box{margin, y + gap, d.region.W, height(d.wrongLines()) + 2*inset}
		y = d.wrong.bottom()
	}

	d.internet = box{d.vpc.middle() - 60, y + gap, 120, pillHeight}
	d.region.Y = d.internet.bottom() + 24
	d.vpc.Y = d.region.Y + 44
	d.gateway = box{d.vpc.middle() - 70, d.vpc.Y - pillHeight/2, 140, pillHeight}
	d.bus = d.gateway.bottom() + 22

	d.layoutZones(zoneWidth)
	d.layoutSide()

	bottom := max(d.vpc.bottom(), d.stream.bottom(), d.alarms.bottom())
	for _, b := range d.secrets {
		bottom = max(bottom, b.bottom())
	}

	d.region.H = bottom + pad - d.region.Y
	d.height = d.region.bottom() + margin
}

// zoneWidth is what the longest name needs, and more where there are few zones.
func (d *picture) zoneWidth() int {
	width := 200

	switch len(d.p.Zones) {
	case 1, 2:
		width = 256
	case 3:
		width = 224
	}

	for _, z := range d.p.Zones {
		width = max(width, zoneLine(z).width()+stem+2*inset)

		for _, s := range []subnet{z.Public, z.Private} {
			width = max(width, nameLine(s).width()+4*inset, cidrLine(s).width()+4*inset)
		}
	}

	return width
}

func (d *picture) layoutZones(width int) {
	top := d.bus + 14
	nat := slices.ContainsFunc(d.p.Zones, func(z zone) bool { return z.Public.NAT != "" })

	var publicHeight, privateHeight int

	for _, z := range d.p.Zones {
		publicHeight = max(publicHeight, height(subnetLines(z.Public, tierPublic, width-4*inset)))
		privateHeight = max(privateHeight, height(subnetLines(z.Private, tierPrivate, width-4*inset)))
	}

	publicHeight += 2 * inset
	privateHeight += inset + gap

	between := gap
	if nat {
		publicHeight += pillHeight + 4
		between = 32
	}

	public := box{Y: top + 32, H: publicHeight}
	private := box{Y: public.bottom() + between}
	d.natBus = public.bottom() + between/2

	// Both stores have the width of all zones' private subnets, or of those that
	// they are in.
	d.cache = d.across(width, d.p.Cache.Zones)
	d.database = d.across(width, d.p.Database.Zones)
	d.cache.Y = private.Y + privateHeight
	d.cache.H = cardHeight(d.cacheLines(), d.cache.W)
	d.database.Y = d.cache.bottom() + gap
	d.database.H = cardHeight(d.databaseLines(), d.database.W)

	private.H = d.database.bottom() + inset - private.Y

	for i := range d.p.Zones {
		z := box{d.vpc.X + pad + i*(width+gap), top, width, private.bottom() + inset - top}
		b := zoneBoxes{zone: z, public: public, private: private}
		b.public.X, b.public.W = z.X+inset, z.W-2*inset
		b.private.X, b.private.W = z.X+inset, z.W-2*inset
		b.nat = box{b.public.right() - inset - natWidth, b.public.bottom() - inset - pillHeight + 4, natWidth, pillHeight}
		d.zones = append(d.zones, b)
	}

	d.vpc.H = d.zones[0].zone.bottom() + pad - d.vpc.Y
}

// across is the box that reaches from the first to the last of some zones.
func (d *picture) across(width int, zones []string) box {
	first, last := -1, -1

	for i, z := range d.p.Zones {
		if !slices.Contains(zones, z.Name) {
			continue
		}

		if first < 0 {
			first = i
		}

		last = i
	}

	x := d.vpc.X + pad + first*(width+gap) + 2*inset

	return box{X: x, W: (last-first)*(width+gap) + width - 4*inset}
}

// layoutSide places the services beside the VPC. An alarm is as high as what it
// watches, where there is room.
func (d *picture) layoutSide() {
	d.stream = box{d.vpc.right() + sideGap, d.vpc.Y, sideWidth, cardHeight(d.streamLines(), sideWidth)}
	d.alarms = box{X: d.stream.X, Y: d.stream.bottom() + 28, W: sideWidth}

	y := d.alarms.Y + 44

	for _, a := range d.p.Alarms {
		row := box{d.alarms.X + inset, y, sideWidth - 2*inset, height(alarmLines(d.p, a)) + inset}

		switch a.Target {
		case targetCache:
			row.Y = max(y, d.cache.center()-row.H/2)
		case targetDatabase:
			row.Y = max(y, d.database.center()-row.H/2)
		}

		d.rows = append(d.rows, row)
		y = row.bottom() + 8
	}

	d.alarms.H = y + 4 - d.alarms.Y
	y = d.alarms.bottom() + gap

	for _, s := range d.p.Secrets {
		b := box{d.stream.X, y, sideWidth, cardHeight(secretLines(s), sideWidth)}
		d.secrets = append(d.secrets, b)
		y = b.bottom() + gap
	}
}

func (d *picture) paint() {
	d.rect(box{0, 0, d.width, d.height}, shape{Fill: colorWhite, Radius: 10})
	d.rect(box{1, 1, d.width - 2, d.height - 2}, shape{Fill: colorWhite, Stroke: colorBorder, Radius: 10})
	d.texts(d.title.X, d.title.Y, d.header())

	if len(d.p.Wrong) > 0 {
		d.rect(d.wrong, shape{Fill: colorWrongFill, Stroke: colorWrong, Width: 2, Radius: 6})
		d.texts(d.wrong.X+inset, d.wrong.Y+inset, d.wrongLines())
	}

	d.rect(d.region, shape{Fill: colorRegion, Stroke: colorLine, Radius: 8, Dashed: true})
	d.text(d.region.X+inset, d.region.Y+8, heading("Region "+d.p.Region, colorText))
	d.rect(d.vpc, shape{Fill: colorWhite, Stroke: colorLine, Radius: 8})
	d.text(d.vpc.X+inset, d.vpc.Y+8, heading("VPC "+d.p.CIDR, colorText))

	for i, z := range d.p.Zones {
		d.paintZone(z, d.zones[i])
	}

	d.paintWaysOut()
	d.card(d.cache, iconCache, colorCache, d.cacheLines())
	d.card(d.database, iconDatabase, colorDatabase, d.databaseLines())
	d.card(d.stream, iconStream, colorStream, d.streamLines())
	d.paintAlarms()

	for i, s := range d.p.Secrets {
		d.card(d.secrets[i], iconSecret, colorSecret, secretLines(s))
	}
}

func (d *picture) paintZone(z zone, b zoneBoxes) {
	d.rect(b.zone, shape{Fill: colorWhite, Stroke: colorLine, Radius: 6, Dashed: true})
	d.text(b.zone.X+inset, b.zone.Y+8, zoneLine(z))
	d.paintSubnet(z.Public, tierPublic, b.public)
	d.paintSubnet(z.Private, tierPrivate, b.private)
}

func (d *picture) paintSubnet(s subnet, tier string, b box) {
	d.rect(b, subnetShape(s, tier))
	d.texts(b.X+inset, b.Y+inset-2, subnetLines(s, tier, b.W-2*inset))
}

// paintWaysOut draws what the routes say: from a subnet to the internet gateway or
// to a NAT gateway.
func (d *picture) paintWaysOut() {
	d.arrow(colorLine, 2, false, point{d.gateway.middle(), d.gateway.Y}, point{d.internet.middle(), d.internet.bottom()})

	var destinations []string

	for i, z := range d.p.Zones {
		if !z.Public.public() {
			continue
		}

		x := d.zones[i].zone.right() - stem
		d.arrow(colorPublic, 2, false, point{x, d.zones[i].public.Y}, point{x, d.bus},
			point{d.gateway.middle(), d.bus}, point{d.gateway.middle(), d.gateway.bottom()})

		for _, r := range z.Public.Routes {
			destinations = append(destinations, r.Destination)
		}
	}

	slices.Sort(destinations)
	d.text(d.gateway.middle()+8, d.gateway.bottom()+2, note(strings.Join(slices.Compact(destinations), ", ")))

	for i, z := range d.p.Zones {
		for _, r := range z.Private.Routes {
			if r.Internet {
				d.paintWrongWay(d.zones[i])
			} else {
				d.paintNATWay(d.zones[i], r.NATZone)
			}
		}

		if z.Public.NAT != "" {
			d.pill(d.zones[i].nat, line{Text: "NAT gateway", Size: 12, Color: colorPublic})
		}
	}

	d.pill(d.gateway, body("Internet gateway"))
	d.pill(d.internet, body("Internet"))
}

// paintWrongWay leads out of a private subnet, past the public one, to the
// internet gateway.
func (d *picture) paintWrongWay(from zoneBoxes) {
	x, y := from.zone.right()-inset/2, from.private.Y+inset
	tip := d.gateway.middle() - 2*inset
	d.arrow(colorWrong, 3, false, point{from.private.right(), y}, point{x, y},
		point{x, d.bus + 6}, point{tip, d.bus + 6}, point{tip, d.gateway.bottom()})
}

func (d *picture) paintNATWay(from zoneBoxes, to string) {
	i := slices.IndexFunc(d.p.Zones, func(z zone) bool { return z.Name == to })
	if i < 0 || d.p.Zones[i].Public.NAT == "" {
		// It is in a private subnet, which is said to be wrong.
		return
	}

	x, nat := from.zone.right()-stem, d.zones[i].nat
	d.arrow(colorPrivate, 2, false, point{x, from.private.Y}, point{x, d.natBus},
		point{nat.middle(), d.natBus}, point{nat.middle(), nat.bottom()})
}

func (d *picture) paintAlarms() {
	d.rect(d.alarms, shape{Fill: colorWhite, Stroke: colorLine, Radius: 4})
	d.rect(box{d.alarms.X, d.alarms.Y, 4, d.alarms.H}, shape{Fill: colorAlarm, Radius: 2})
	d.icon(d.alarms.X+inset+2, d.alarms.Y+inset, iconAlarm, colorAlarm)
	d.text(d.alarms.X+textIndent, d.alarms.Y+inset, heading("CloudWatch alarms", colorText))

	for i, a := range d.p.Alarms {
		row := d.rows[i]

		switch a.Target {
		case targetStream:
			d.arrow(colorAlarm, 1, true, point{d.stream.middle(), d.alarms.Y}, point{d.stream.middle(), d.stream.bottom()})
		case targetCache:
			d.watch(row, d.cache)
		case targetDatabase:
			d.watch(row, d.database)
		}

		d.rect(row, shape{Fill: colorRegion, Radius: 4})
		d.texts(row.X+inset, row.Y+inset/2, alarmLines(d.p, a))
	}
}

// watch leads from an alarm to what it watches.
func (d *picture) watch(row, target box) {
	y := min(max(row.center(), target.Y+inset), target.bottom()-inset)
	x := d.vpc.right() + sideGap/2
	d.arrow(colorAlarm, 1, true, point{row.X, row.center()}, point{x, row.center()}, point{x, y}, point{target.right(), y})
}

func (d *picture) pill(b box, l line) {
	d.rect(b, shape{Fill: colorWhite, Stroke: l.Color, Radius: b.H / 2})
	d.centered(b, l)
}
