// Package bench measures what is promised: lists, creating and dispatching, through the whole program as it is shipped. Its
// benchmarks start the program's parts in process and talk HTTP to them; the pick alone is measured in internal/queue.
package bench
