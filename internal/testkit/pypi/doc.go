// Package pypi installs programs from PyPI for the tests that have real peers (make peers), with pip and exact versions.
//
// Each list of requirements has a virtual environment of its own in the user's cache folder, outside of the repository; it
// is made once and kept. What cannot be installed fails the test with pip's own words: a peer that is silently missing
// proves nothing.
package pypi
