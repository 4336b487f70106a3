package platform

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/apis/v1alpha1"
)

func TestCheckWindows(t *testing.T) {
	cases := map[string]struct {
		reason      string
		backup      string
		maintenance string
		want        string
	}{
		"Reference":          {reason: "Windows that touch don't overlap.", backup: "03:00-04:00", maintenance: "mon:04:00-mon:05:00"},
		"Midnight":           {reason: "A window may span midnight.", backup: "23:30-00:30", maintenance: "wed:00:30-wed:01:00"},
		"WeekEnd":            {reason: "A window may span the end of the week.", backup: "03:00-04:00", maintenance: "sun:23:30-mon:00:30"},
		"BackupShort":        {reason: "RDS needs 30 minutes.", backup: "03:00-03:29", maintenance: "mon:04:00-mon:05:00", want: `spec.database.backupWindow: invalid value "03:00-03:29": is shorter than the 30 minutes that RDS needs: make it longer`},
		"MaintenanceShort":   {reason: "RDS needs 30 minutes.", backup: "03:00-03:30", maintenance: "mon:04:00-mon:04:00", want: `spec.database.maintenanceWindow: invalid value "mon:04:00-mon:04:00": is shorter than the 30 minutes that RDS needs: make it longer`},
		"MaintenanceStarts":  {reason: "Maintenance may not start in the backup.", backup: "03:00-04:00", maintenance: "sat:03:59-sat:05:00", want: `spec.database.maintenanceWindow: invalid value "sat:03:59-sat:05:00": overlaps the backup window 03:00-04:00: move one of the two`},
		"BackupStarts":       {reason: "The backup may not start in the maintenance.", backup: "03:00-04:00", maintenance: "tue:02:00-tue:03:01", want: `spec.database.maintenanceWindow: invalid value "tue:02:00-tue:03:01": overlaps the backup window 03:00-04:00: move one of the two`},
		"OverlapAtMidnight":  {reason: "A backup that spans midnight is there on both days.", backup: "23:30-00:30", maintenance: "mon:00:00-mon:00:30", want: `spec.database.maintenanceWindow: invalid value "mon:00:00-mon:00:30": overlaps the backup window 23:30-00:30: move one of the two`},
		"OverlapAtWeekEnd":   {reason: "The last day's backup spans into the week's first.", backup: "00:00-00:30", maintenance: "sun:23:00-mon:00:10", want: `spec.database.maintenanceWindow: invalid value "sun:23:00-mon:00:10": overlaps the backup window 00:00-00:30: move one of the two`},
		"MaintenanceForDays": {reason: "A maintenance window of days contains every backup.", backup: "03:00-04:00", maintenance: "mon:04:00-wed:04:00", want: `spec.database.maintenanceWindow: invalid value "mon:04:00-wed:04:00": overlaps the backup window 03:00-04:00: move one of the two`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := checkWindows(&v1alpha1.DatabaseParameters{BackupWindow: &tc.backup, MaintenanceWindow: &tc.maintenance})
			if diff := cmp.Diff(tc.want, message(err)); diff != "" {
				t.Errorf("%s\ncheckWindows(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
