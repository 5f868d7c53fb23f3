package jobs

import "context"

// backup copies the database, where that is this program's matter.
func (s *Scheduler) backup(ctx context.Context) (string, error) { return s.Backup(ctx) }
