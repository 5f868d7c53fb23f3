// Package report says what happened: counts over time, and the feed of events for programs that come back after a while.
//
// The flow: Statistics reads the organization's time zone -> cuts the time into intervals as that zone's clocks and calendar
// show them (a day may have 23 or 25 hours) -> one statement sums over all, one by interval and group, each on the index
// of when prints ended. Events reads the rows after a cursor in the order of their numbers, which is the order of commits.
//
// Rules that hold here: a print counts where it ended. The statements that the guard does not see name the organization, and
// whoever may run Statistics may see every print in it. Which events are seen is the guard's matter (guard.Rows of Event).
// What would be too large an answer is refused, never cut.
//
// Next door: crud lists prints one by one (/v1/history), live tells the same events as they happen, webhook sends them.
package report
