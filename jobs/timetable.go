package jobs

import (
	"context"
	"time"
)

// line is a job of the timetable.
type line struct {
	name     string
	schedule string // five or six fields, as in crontab(5)
	says     string // what it is for, in a line
	run      func(context.Context) (result string, err error)
	zoned    bool          // on the clock of each organization, which is then its scope; else in UTC, of the platform
	limit    time.Duration // of one run; 0 = runLimit
}

// Line is what a job is and when it runs, for lists of jobs.
type Line struct {
	Name, Schedule, Says string
	Zoned                bool
}

// timetable lists the jobs. Seconds are spread, so that they do not all begin together.
func (s *Scheduler) timetable() []line {
	all := []line{
		{name: "claim_reaper", schedule: "*/5 * * * * *", says: "settles dispatches whose deadline has passed", run: s.claimReaper},
		{name: "queue_expiry", schedule: "*/5 * * * * *", says: "releases scheduled items, ends those that nobody decided on", run: s.queueExpiry},
		{name: "eligibility_sweep", schedule: "15 * * * * *", says: "brings stored verdicts up to the newest event", run: s.eligibilitySweep},
		{name: "low_stock", schedule: "30 * * * * *", says: "compares filament with what queued items need", run: s.lowStock},
		{name: "status", schedule: "45 * * * * *", says: "looks at the platform's health and keeps its incidents", run: s.observe},
		{name: "upload_expiry", schedule: "5 */5 * * * *", says: "fails uploads that never arrived", run: s.uploadExpiry},
		{name: "blob_sweep", schedule: "35 50 */6 * * *", says: "deletes stored bytes that no file wants any more", run: s.blobSweep, limit: time.Hour},
		{name: "invite_expiry", schedule: "10 */5 * * * *", says: "marks invitations whose time is over", run: s.inviteExpiry},
		{name: "idempotency_expiry", schedule: "25 */5 * * * *", says: "removes kept answers and counted tries whose time is over", run: s.idempotencyExpiry},
		{name: "blocked_items", schedule: "40 * * * * *", says: "tells of items that no printer can print", run: s.blockedItems},
		{name: "digest_mail", schedule: "55 * * * * *", says: "puts collected notifications into mails", run: s.digestMail},
		{name: "message_retention", schedule: "50 17 * * * *", says: "removes notifications that ended long ago", run: s.messageRetention},
		{name: "api_key_expiry", schedule: "20 0 * * * *", says: "tells of API keys that end soon", run: s.apiKeyExpiry},
		{name: "class_dates", schedule: "0 0 * * *", says: "starts and ends classes by their dates", run: s.classDates, zoned: true},
		{name: "backup", schedule: "30 2 * * *", says: "copies the SQLite database", run: s.backup, limit: time.Hour},
		{name: "retention", schedule: "40 3 * * *", says: "removes what nobody needs any more", run: s.retention, limit: time.Hour},
	}
	if s.Probe != nil {
		all = append(all, line{name: "probe", schedule: "*/2 * * * * *", says: "tells a test that it ran", run: s.Probe})
	}
	return all
}

// Lines are the jobs of the timetable.
func Lines() []Line {
	var out []Line
	for _, l := range new(Scheduler).timetable() {
		out = append(out, Line{Name: l.name, Schedule: l.schedule, Says: l.says, Zoned: l.zoned})
	}
	return out
}

// Next is the job's first slot after a time, on the clock of a zone.
func (l Line) Next(after time.Time, zone *time.Location) (time.Time, error) {
	c, err := newCalendar(l.Schedule, zone)
	if err != nil {
		return time.Time{}, err
	}
	return c.Next(after), nil
}
