package main

import (
	"fmt"
	"html"
	"strings"
)

// Colours. The picture has its own white background, so that it reads the same in
// light and dark mode.
const (
	colorText   = "#1f2328"
	colorMuted  = "#59636e"
	colorBorder = "#d0d7de"
	colorLine   = "#6e7781"
	colorWhite  = "#ffffff"
	colorRegion = "#f6f8fa"

	colorPublic      = "#1a7f37"
	colorPublicFill  = "#eaf6ed"
	colorPrivate     = "#0550ae"
	colorPrivateFill = "#edf4fd"
	colorWrong       = "#a40e26"
	colorWrongFill   = "#ffebe9"

	colorCache    = "#8250df"
	colorDatabase = "#0969da"
	colorStream   = "#9a6700"
	colorAlarm    = "#bf3989"
	colorSecret   = "#57606a"
)

// Sans-serif fonts that systems come with.
const fonts = "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"

// Icons of 18 by 18, as the paths of their lines.
const (
	iconCache    = "M9 2l7 3.5-7 3.5-7-3.5zM2 9l7 3.5 7-3.5M2 12.5l7 3.5 7-3.5"
	iconDatabase = "M2 4c0-1.7 3.1-3 7-3s7 1.3 7 3v10c0 1.7-3.1 3-7 3s-7-1.3-7-3zM2 4c0 1.7 3.1 3 7 3s7-1.3 7-3M2 9c0 1.7 3.1 3 7 3s7-1.3 7-3"
	iconStream   = "M1 4c2.7-2.5 5.3 2.5 8 0s5.3-2.5 8 0M1 9c2.7-2.5 5.3 2.5 8 0s5.3-2.5 8 0M1 14c2.7-2.5 5.3 2.5 8 0s5.3-2.5 8 0"
	iconAlarm    = "M9 1.5c-2.9 0-4.8 2.1-4.8 4.8v4.2L2.3 13.5h13.4l-1.9-3V6.3c0-2.7-1.9-4.8-4.8-4.8zM7 16.5h4"
	iconSecret   = "M3.5 8h11v8.5h-11zM5.5 8V5a3.5 3.5 0 0 1 7 0v3"
)

// A box on the canvas.
type box struct {
	X, Y, W, H int
}

func (b box) right() int  { return b.X + b.W }
func (b box) bottom() int { return b.Y + b.H }
func (b box) middle() int { return b.X + b.W/2 }
func (b box) center() int { return b.Y + b.H/2 }

// A point on the canvas.
type point struct {
	X, Y int
}

// A line of text.
type line struct {
	Text  string
	Size  int
	Bold  bool
	Color string
}

func (l line) height() int {
	return l.Size + 6
}

func (l line) width() int {
	return textWidth(l.Text, l.Size, l.Bold)
}

func heading(text, color string) line {
	return line{Text: text, Size: 14, Bold: true, Color: color}
}

func body(text string) line {
	return line{Text: text, Size: 13, Color: colorText}
}

func note(text string) line {
	return line{Text: text, Size: 12, Color: colorMuted}
}

// A canvas collects the elements of a picture, in the order that they are painted.
type canvas struct {
	elements strings.Builder
}

// shape of a box.
type shape struct {
	Fill   string
	Stroke string
	Width  int
	Radius int
	Dashed bool
}

func (c *canvas) rect(b box, s shape) {
	fmt.Fprintf(&c.elements, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\"", b.X, b.Y, b.W, b.H, s.Radius, s.Fill)

	if s.Stroke != "" {
		fmt.Fprintf(&c.elements, " stroke=\"%s\" stroke-width=\"%d\"", s.Stroke, max(s.Width, 1))
	}

	if s.Dashed {
		fmt.Fprint(&c.elements, " stroke-dasharray=\"6 4\"")
	}

	fmt.Fprint(&c.elements, "/>\n")
}

// text with its top left corner at x and y.
func (c *canvas) text(x, y int, l line) {
	c.write(x, y, "", l)
}

// centered text in a box.
func (c *canvas) centered(b box, l line) {
	c.write(b.middle(), b.center()-l.height()/2, " text-anchor=\"middle\"", l)
}

func (c *canvas) write(x, y int, anchor string, l line) {
	weight := ""
	if l.Bold {
		weight = " font-weight=\"600\""
	}

	fmt.Fprintf(&c.elements, "<text x=\"%d\" y=\"%d\"%s font-size=\"%d\"%s fill=\"%s\">%s</text>\n",
		x, y+l.Size+1, anchor, l.Size, weight, l.Color, html.EscapeString(l.Text))
}

// texts below each other.
func (c *canvas) texts(x, y int, lines []line) {
	for _, l := range lines {
		c.text(x, y, l)
		y += l.height()
	}
}

func (c *canvas) icon(x, y int, path, color string) {
	fmt.Fprintf(&c.elements, "<path transform=\"translate(%d %d)\" d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n",
		x, y, path, color)
}

// connect draws a line along points.
func (c *canvas) connect(color string, width int, dashed bool, points ...point) {
	var d strings.Builder

	for i, p := range points {
		command := "L"
		if i == 0 {
			command = "M"
		}

		fmt.Fprintf(&d, "%s%d %d", command, p.X, p.Y)
	}

	dash := ""
	if dashed {
		dash = " stroke-dasharray=\"4 3\""
	}

	fmt.Fprintf(&c.elements, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%d\" stroke-linejoin=\"round\"%s/>\n", d.String(), color, width, dash)
}

// arrow draws a line along points, with a head at its end. Its last part goes up,
// or to the left.
func (c *canvas) arrow(color string, width int, dashed bool, points ...point) {
	last := len(points) - 1
	tip := points[last]

	head := fmt.Sprintf("M%d %dl-4 8h8z", tip.X, tip.Y)
	neck := point{tip.X, tip.Y + 7}

	if points[last-1].Y == tip.Y {
		head = fmt.Sprintf("M%d %dl8 -4v8z", tip.X, tip.Y)
		neck = point{tip.X + 7, tip.Y}
	}

	c.connect(color, width, dashed, append(points[:last:last], neck)...)
	fmt.Fprintf(&c.elements, "<path d=\"%s\" fill=\"%s\"/>\n", head, color)
}

// svg is the picture, with what a screen reader says of it.
func (c *canvas) svg(width, height int, title, description string) string {
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"title description\" font-family=\"%s\">\n"+
		"<title id=\"title\">%s</title>\n<desc id=\"description\">%s</desc>\n%s</svg>\n",
		width, height, width, height, fonts, html.EscapeString(title), html.EscapeString(description), c.elements.String())
}
