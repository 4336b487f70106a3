package database_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/function-data-platform/fn/aws/rds"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/database"
	"github.com/crossplane-contrib/function-data-platform/fn/platform/kit"
	"github.com/crossplane-contrib/function-data-platform/internal/platformtest"
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
			p, err := platformtest.Try(t, windows(tc.backup, tc.maintenance), platformtest.GroupsReady)
			if diff := cmp.Diff(tc.want, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			db := platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider
			if *db.BackupWindow != tc.backup || *db.MaintenanceWindow != tc.maintenance {
				t.Errorf("%s\nwant both as they are, got %s and %s", tc.reason, *db.BackupWindow, *db.MaintenanceWindow)
			}
		})
	}
}

// windows is a spec with those of the two windows that are not empty.
func windows(backup, maintenance string) string {
	fields := map[string]string{}
	if backup != "" {
		fields["backupWindow"] = backup
	}

	if maintenance != "" {
		fields["maintenanceWindow"] = maintenance
	}

	b, _ := json.Marshal(map[string]any{"region": "us-east-1", "database": fields}) //nolint:errchkjson // Texts always marshal.

	return string(b)
}

// Where the developer wrote one window, the other gives way.
func TestWindowsGiveWay(t *testing.T) {
	const ofPolicy = "the platform team's policy, which is the function's input: "

	has := func(backup, maintenance string) func(*kit.Request) {
		return platformtest.Observing("database", kit.Observation{Fields: database.Observed{BackupWindow: backup, MaintenanceWindow: maintenance}})
	}
	inPolicy := func(backup, maintenance string) func(*kit.Request) {
		return platformtest.Policy(windows(backup, maintenance))
	}

	cases := map[string]struct {
		reason string
		spec   string
		mods   []func(*kit.Request)
		want   []string
		err    string
	}{
		"BackupOverDefault": {
			reason: "The default maintenance window moves behind the developer's backups.",
			spec:   windows("04:30-05:30", ""),
			want:   []string{"04:30-05:30", "mon:05:30-mon:06:00"},
		},
		"BackupOverPolicy": {
			reason: "So does the policy's, on its day.",
			spec:   windows("22:00-23:45", ""),
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "sun:22:00-sun:23:00")},
			want:   []string{"22:00-23:45", "sun:23:45-mon:00:15"},
		},
		"BackupAcrossMidnight": {
			reason: "Backups that end on the next day leave the start of the window's day.",
			spec:   windows("23:30-00:30", ""),
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "wed:00:00-wed:01:00")},
			want:   []string{"23:30-00:30", "wed:00:30-wed:01:00"},
		},
		"BackupFitsPolicy": {
			reason: "A window of the policy's that fits holds.",
			spec:   windows("04:30-05:30", ""),
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "sun:22:00-sun:23:00")},
			want:   []string{"04:30-05:30", "sun:22:00-sun:23:00"},
		},
		"BackupOverNewPolicy": {
			reason: "A policy's new window that doesn't fit leaves the one that the database has.",
			spec:   windows("04:30-05:30", ""),
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "sun:05:00-sun:06:00"), has("04:30-05:30", "tue:05:30-tue:06:00")},
			want:   []string{"04:30-05:30", "tue:05:30-tue:06:00"},
		},
		"BackupOverBoth": {
			reason: "Where the one that the database has doesn't fit either, it moves.",
			spec:   windows("04:30-05:30", ""),
			mods:   []func(*kit.Request){has("03:00-04:00", "mon:04:00-mon:05:00")},
			want:   []string{"04:30-05:30", "mon:05:30-mon:06:00"},
		},
		"BackupTooLong": {
			reason: "Backups all day long leave no time.",
			spec:   windows("00:00-23:45", ""),
			err:    `spec.database.backupWindow: invalid value "00:00-23:45": leaves no time for maintenance: make it shorter`,
		},
		"BackupJustFits": {
			reason: "Half an hour is enough.",
			spec:   windows("00:00-23:30", ""),
			want:   []string{"00:00-23:30", "mon:23:30-tue:00:00"},
		},
		"PolicyMaintenanceShort": {
			reason: "A window of the policy's that is too short is no reason to refuse a developer.",
			spec:   windows("04:30-05:30", ""),
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "sun:22:00-sun:22:10")},
			want:   []string{"04:30-05:30", "sun:05:30-sun:06:00"},
		},
		"MaintenanceOverDefault": {
			reason: "The default backup window moves behind the developer's maintenance.",
			spec:   windows("", "tue:03:30-tue:04:30"),
			want:   []string{"04:30-05:00", "tue:03:30-tue:04:30"},
		},
		"MaintenanceOverPolicy": {
			reason: "So does the policy's, past midnight.",
			spec:   windows("", "sun:22:00-sun:23:45"),
			mods:   []func(*kit.Request){inPolicy("22:00-23:00", "sun:01:00-sun:02:00")},
			want:   []string{"23:45-00:15", "sun:22:00-sun:23:45"},
		},
		"MaintenanceOverNewPolicy": {
			reason: "A policy's new window that doesn't fit leaves the one that the database has.",
			spec:   windows("", "sun:22:00-sun:23:45"),
			mods:   []func(*kit.Request){inPolicy("22:00-23:00", "sun:01:00-sun:02:00"), has("07:00-08:00", "sun:22:00-sun:23:45")},
			want:   []string{"07:00-08:00", "sun:22:00-sun:23:45"},
		},
		"MaintenanceOverBoth": {
			reason: "Where the one that the database has doesn't fit either, it moves.",
			spec:   windows("", "tue:03:30-tue:04:30"),
			mods:   []func(*kit.Request){has("03:00-04:00", "mon:04:00-mon:05:00")},
			want:   []string{"04:30-05:00", "tue:03:30-tue:04:30"},
		},
		"MaintenanceTooLong": {
			reason: "Maintenance for days leaves no time for daily backups.",
			spec:   windows("", "mon:04:00-wed:04:00"),
			err:    `spec.database.maintenanceWindow: invalid value "mon:04:00-wed:04:00": leaves no time for backups, which are made every day: make it shorter`,
		},
		"PolicyOverlaps": {
			reason: "What only the policy says is told to who wrote the policy.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("04:00-05:00", "mon:04:30-mon:05:30")},
			err:    ofPolicy + `defaults.database.maintenanceWindow: invalid value "mon:04:30-mon:05:30": overlaps the backup window 04:00-05:00: move one of the two`,
		},
		"PolicyShort": {
			reason: "So is a window that is too short.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("03:00-03:10", "")},
			err:    ofPolicy + `defaults.database.backupWindow: invalid value "03:00-03:10": is shorter than the 30 minutes that RDS needs: make it longer`,
		},
		"PolicyOverlapsExisting": {
			reason: "A platform that exists is not refused for it: it keeps what it has.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("04:00-05:00", "mon:04:30-mon:05:30"), has("03:00-04:00", "mon:04:00-mon:05:00")},
			want:   []string{"03:00-04:00", "mon:04:00-mon:05:00"},
		},
		"PolicyOverlapsUnknown": {
			reason: "Of a database with one window only there is nothing to keep.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("04:00-05:00", "mon:04:30-mon:05:30"), has("03:00-04:00", "")},
			err:    ofPolicy + `defaults.database.maintenanceWindow: invalid value "mon:04:30-mon:05:30": overlaps the backup window 04:00-05:00: move one of the two`,
		},
		"PolicyBackup": {
			reason: "What nobody wrote gives way to the policy too.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){func(r *kit.Request) { r.Policy.RawDefaults = []byte(`{"database":{"backupWindow":"04:30-05:30"}}`) }},
			want:   []string{"04:30-05:30", "mon:05:30-mon:06:00"},
		},
		"PolicyMaintenance": {
			reason: "In either direction.",
			spec:   platformtest.Reference,
			mods: []func(*kit.Request){func(r *kit.Request) {
				r.Policy.RawDefaults = []byte(`{"database":{"maintenanceWindow":"sun:03:30-sun:04:30"}}`)
			}},
			want: []string{"04:30-05:00", "sun:03:30-sun:04:30"},
		},
		"PolicyFits": {
			reason: "Windows of the policy's that fit reach platforms that exist.",
			spec:   platformtest.Reference,
			mods:   []func(*kit.Request){inPolicy("01:00-02:00", "sun:02:00-sun:03:00"), has("03:00-04:00", "mon:04:00-mon:05:00")},
			want:   []string{"01:00-02:00", "sun:02:00-sun:03:00"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := platformtest.Try(t, tc.spec, append(tc.mods, platformtest.GroupsReady)...)
			if diff := cmp.Diff(tc.err, err); diff != "" {
				t.Errorf("%s\nCompose(...): -want error, +got error:\n%s", tc.reason, diff)
			}

			if err != "" {
				return
			}

			db := platformtest.Find[*rds.Instance](t, p, "database").Spec.ForProvider
			if diff := cmp.Diff(tc.want, []string{*db.BackupWindow, *db.MaintenanceWindow}); diff != "" {
				t.Errorf("%s\nCompose(...): -want windows, +got windows:\n%s", tc.reason, diff)
			}
		})
	}
}
