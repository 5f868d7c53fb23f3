package queue_test

import (
	"sync"
)

// together runs n calls at once and answers their errors in order.
func together(n int, call func(i int) error) []error {
	errors := make([]error, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			errors[i] = call(i)
		})
	}
	close(start)
	running.Wait()
	return errors
}
