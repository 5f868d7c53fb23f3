package virtual_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/virtual"
)

// A print of an hour is half done after thirty seconds, at sixty times the speed.
func Example() {
	dir, err := os.MkdirTemp("", "virtual")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	path := filepath.Join(dir, "printers")
	printers, err := virtual.Open(virtual.Config{Path: path, Speed: 60, Now: func() time.Time { return now }})
	if err != nil {
		panic(err)
	}
	defer printers.Close()

	ctx := context.Background()
	lab := connector.Target{PrinterID: "lab1", Name: "Lab 1"}
	job := connector.Job{Token: "7k2q", Name: "Name tag", EstimatedSeconds: 3600}
	ref, err := printers.Upload(ctx, lab, job)
	if err != nil {
		panic(err)
	}
	fmt.Println(ref, printers.Start(ctx, lab, ref, job))

	now = now.Add(30 * time.Second)
	s, err := printers.Status(ctx, lab)
	fmt.Println(s.State, s.JobToken, s.Progress, s.RemainingSeconds, err)

	starts, err := virtual.ReadStarts(path)
	fmt.Println(len(starts), starts[0].JobToken, starts[0].Accepted, err)
	// Output:
	// sp7k2q-Name-tag <nil>
	// printing 7k2q 0.5 1800 <nil>
	// 1 7k2q true <nil>
}
