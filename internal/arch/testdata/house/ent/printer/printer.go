// Generated, but nobody can tell.
package printer
