package database

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
)

const (
	day  = 24 * time.Hour
	week = 7 * day

	// shortestWindow is the shortest backup or maintenance window that RDS
	// takes.
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
	shortestWindow = 30 * time.Minute
)

// weekdays in RDS's words, from the start of its week.
const weekdays = "mon tue wed thu fri sat sun"

const (
	fieldBackupWindow      = "database.backupWindow"
	fieldMaintenanceWindow = "database.maintenanceWindow"
)

// resolveWindows refuses what RDS would refuse only when it gets to create the database:
// windows that are too short or that overlap. Where the developer wrote one of the two, the
// other gives way: it is the one that the database has, or begins where the developer's
// ends. So does what nobody wrote to what the policy wrote, but what a database has stays.
func (d *database) resolveWindows() error {
	own, has := d.own(), d.Observed
	refuse := func(field, value, format string, args ...any) error {
		return kit.Invalid("spec."+field, value, format, args...)
	}

	if own.BackupWindow == nil && own.MaintenanceWindow == nil {
		if parseWindow(*d.Parameters.Database.BackupWindow).fits(parseWindow(*d.Parameters.Database.MaintenanceWindow)) {
			return nil
		}

		if parseWindow(has.BackupWindow).fits(parseWindow(has.MaintenanceWindow)) {
			d.Parameters.Database.BackupWindow, d.Parameters.Database.MaintenanceWindow = &has.BackupWindow, &has.MaintenanceWindow
			return nil
		}

		policy := v1alpha1.Parameters{}
		_ = json.Unmarshal(d.Request.Policy.RawDefaults, &policy) // NewPlan could read it.
		own = ptr.Deref(policy.Database, v1alpha1.DatabaseParameters{})
		refuse = func(field, value, format string, args ...any) error {
			return kit.InvalidPolicy("defaults."+field, value, format, args...)
		}
	}

	return d.fitWindows(own, refuse)
}

const tooShort = "is shorter than the 30 minutes that RDS needs: make it longer"

// fitWindows has what own does not have give way to what it has.
func (d *database) fitWindows(own v1alpha1.DatabaseParameters, refuse func(field, value, format string, args ...any) error) error {
	backup, maintenance := parseWindow(*d.Parameters.Database.BackupWindow), parseWindow(*d.Parameters.Database.MaintenanceWindow)
	if own.BackupWindow != nil && backup.Length < shortestWindow {
		return refuse(fieldBackupWindow, *own.BackupWindow, tooShort)
	}

	if own.MaintenanceWindow != nil && maintenance.Length < shortestWindow {
		return refuse(fieldMaintenanceWindow, *own.MaintenanceWindow, tooShort)
	}

	if backup.fits(maintenance) {
		return nil
	}

	has := d.Observed

	switch {
	case own.BackupWindow != nil && own.MaintenanceWindow != nil:
		return refuse(fieldMaintenanceWindow, *own.MaintenanceWindow, "overlaps the backup window %s: move one of the two", *own.BackupWindow)
	case own.BackupWindow != nil:
		// On the day that the window was on.
		moved := window{Start: maintenance.Start.Truncate(day) + (backup.Start+backup.Length)%day, Length: shortestWindow}
		switch {
		case backup.fits(parseWindow(has.MaintenanceWindow)):
			d.Parameters.Database.MaintenanceWindow = &has.MaintenanceWindow
		case backup.fits(moved):
			d.Parameters.Database.MaintenanceWindow = ptr.To(moved.weekly())
		default:
			return refuse(fieldBackupWindow, *own.BackupWindow, "leaves no time for maintenance: make it shorter")
		}
	default:
		moved := window{Start: (maintenance.Start + maintenance.Length) % day, Length: shortestWindow}
		switch {
		case parseWindow(has.BackupWindow).fits(maintenance):
			d.Parameters.Database.BackupWindow = &has.BackupWindow
		case moved.fits(maintenance):
			d.Parameters.Database.BackupWindow = ptr.To(moved.daily())
		default:
			return refuse(fieldMaintenanceWindow, *d.Parameters.Database.MaintenanceWindow, "leaves no time for backups, which are made every day: make it shorter")
		}
	}

	return nil
}

// A window is a span of a day or of a week.
type window struct{ Start, Length time.Duration }

// fits says whether RDS takes a daily window together with a weekly one.
func (w window) fits(weekly window) bool {
	if w.Length < shortestWindow || weekly.Length < shortestWindow {
		return false
	}

	for start := w.Start; start < week; start += day {
		// Two spans on a circle overlap where one starts inside the other.
		if span(weekly.Start, start, week) < weekly.Length || span(start, weekly.Start, week) < w.Length {
			return false
		}
	}

	return true
}

// parseWindow parses hh:mm-hh:mm or ddd:hh:mm-ddd:hh:mm. The schema has checked its form;
// nothing is a window of no length.
func parseWindow(text string) window {
	from, to, _ := strings.Cut(text, "-")
	if strings.Count(from, ":") > 1 {
		return window{Start: weekClock(from), Length: span(weekClock(from), weekClock(to), week)}
	}

	return window{Start: clock(from), Length: span(clock(from), clock(to), day)}
}

// daily writes a window as hh:mm-hh:mm.
func (w window) daily() string {
	return clockText(w.Start%day) + "-" + clockText((w.Start+w.Length)%day)
}

// weekly writes a window as ddd:hh:mm-ddd:hh:mm.
func (w window) weekly() string {
	end := (w.Start + w.Length) % week
	return weekday(w.Start) + ":" + clockText(w.Start%day) + "-" + weekday(end) + ":" + clockText(end%day)
}

func weekday(t time.Duration) string { return strings.Fields(weekdays)[t/day] }

func clockText(t time.Duration) string {
	return fmt.Sprintf("%02d:%02d", t/time.Hour, t%time.Hour/time.Minute)
}

// clock is the time since midnight of hh:mm.
func clock(s string) time.Duration {
	hours, minutes, _ := strings.Cut(s, ":")
	d, _ := time.ParseDuration(hours + "h" + minutes + "m")

	return d
}

// weekClock is the time since Monday's midnight of ddd:hh:mm.
func weekClock(s string) time.Duration {
	weekday, rest, _ := strings.Cut(s, ":")
	return time.Duration(strings.Index(weekdays, weekday)/len("mon "))*day + clock(rest)
}

// span is the time from one time to the next on a circle.
func span(from, to, circle time.Duration) time.Duration {
	return ((to-from)%circle + circle) % circle
}
