package e2e_test

import "testing"

func (j *mainJob) graphQL(t *testing.T) {}
