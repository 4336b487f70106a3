package platform

import (
	"strings"
	"time"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
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

// checkWindows refuses what RDS would refuse only when it gets to create the
// database: windows that are too short or that overlap.
func checkWindows(db *v1alpha1.DatabaseParameters) error {
	from, to := cutWindow(*db.BackupWindow)
	backup, backupLength := clock(from), span(clock(from), clock(to), day)
	if backupLength < shortestWindow {
		return invalid("spec.database.backupWindow", *db.BackupWindow, "is shorter than the 30 minutes that RDS needs: make it longer")
	}

	from, to = cutWindow(*db.MaintenanceWindow)
	start, length := weekClock(from), span(weekClock(from), weekClock(to), week)
	if length < shortestWindow {
		return invalid("spec.database.maintenanceWindow", *db.MaintenanceWindow, "is shorter than the 30 minutes that RDS needs: make it longer")
	}

	for d := range 7 {
		// Two spans on a circle overlap where one starts inside the other.
		b := time.Duration(d)*day + backup
		if span(start, b, week) < length || span(b, start, week) < backupLength {
			return invalid("spec.database.maintenanceWindow", *db.MaintenanceWindow, "overlaps the backup window %s: move one of the two", *db.BackupWindow)
		}
	}
	return nil
}

// cutWindow cuts hh:mm-hh:mm or ddd:hh:mm-ddd:hh:mm in its ends. The schema has
// checked its form.
func cutWindow(window string) (from, to string) {
	from, to, _ = strings.Cut(window, "-")
	return from, to
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
