package pgserver

import "golang.org/x/sys/unix"

// minMemory is how many bytes a memory filesystem must have free to be used: a cluster has 40 MB, a database 10.
const minMemory = 1 << 30

// memoryDir is a folder in memory, or "". Making a database is making a thousand files: on a busy disk that takes seconds.
func memoryDir() string {
	const dir = "/dev/shm"
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil || s.Type != unix.TMPFS_MAGIC || unix.Access(dir, unix.W_OK) != nil {
		return ""
	}
	if s.Bavail*uint64(s.Bsize) < minMemory {
		return ""
	}
	return dir
}
