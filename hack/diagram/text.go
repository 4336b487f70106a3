package main

import "strings"

// Widths of the characters from the space to the tilde, in hundredths of the font's
// size. Each is the widest that DejaVu Sans, Noto Sans and Liberation Sans have,
// as nobody knows which font a reader's system has.
var (
	widths = [...]int{
		32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 56, 84, 32, 37, 32, 38,
		64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 56,
		102, 69, 69, 73, 78, 67, 62, 78, 76, 34, 50, 67, 56, 91, 76, 79,
		67, 79, 73, 67, 62, 74, 69, 99, 69, 67, 69, 40, 38, 40, 84, 56,
		50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62,
		64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 56, 64, 84,
	}
	boldWidths = [...]int{
		35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 55, 84, 38, 42, 38, 42,
		70, 70, 70, 70, 70, 70, 70, 70, 70, 70, 40, 40, 84, 84, 84, 62,
		100, 78, 77, 74, 84, 69, 69, 83, 84, 39, 56, 78, 64, 100, 84, 86,
		74, 86, 78, 73, 69, 82, 78, 111, 78, 73, 73, 46, 42, 46, 84, 56,
		50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69,
		72, 72, 50, 60, 48, 72, 66, 93, 65, 66, 59, 72, 56, 72, 84,
	}
)

// widthOther is the width of any other character.
const widthOther = 100

// textWidth is how wide a text is at most, in pixels.
func textWidth(text string, size int, bold bool) int {
	table := widths[:]
	if bold {
		table = boldWidths[:]
	}

	sum := 0

	for _, r := range text {
		if i := int(r) - ' '; i >= 0 && i < len(table) {
			sum += table[i]
		} else {
			sum += widthOther
		}
	}

	return (sum*size + 99) / 100
}

// wrap breaks lines between words so that each fits into a width. A word that is
// too wide by itself is broken behind a hyphen, or wherever it must be.
func wrap(lines []line, width int) []line {
	var wrapped []line

	for _, l := range lines {
		next := l
		next.Text = ""

		for word := range strings.FieldsSeq(l.Text) {
			longer := next
			longer.Text = strings.TrimSpace(next.Text + " " + word)

			if longer.width() <= width {
				next = longer

				continue
			}

			if next.Text != "" {
				wrapped = append(wrapped, next)
			}

			next.Text = word

			for next.width() > width && len([]rune(next.Text)) > 1 {
				head, tail := split(next, width)
				wrapped = append(wrapped, head)
				next = tail
			}
		}

		wrapped = append(wrapped, next)
	}

	return wrapped
}

// split a word into a part that fits into a width and the rest.
func split(l line, width int) (line, line) {
	runes := []rune(l.Text)
	head, tail := l, l
	n := len(runes) - 1

	for ; n > 1; n-- {
		head.Text = string(runes[:n])
		if head.width() <= width {
			break
		}
	}

	for i := n; i > n/2; i-- {
		if strings.ContainsRune("-/", runes[i-1]) {
			n = i

			break
		}
	}

	head.Text, tail.Text = string(runes[:n]), string(runes[n:])

	return head, tail
}

// height of lines below each other.
func height(lines []line) int {
	h := 0
	for _, l := range lines {
		h += l.height()
	}

	return h
}
