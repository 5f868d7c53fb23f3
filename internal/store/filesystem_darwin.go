package store

import "golang.org/x/sys/unix"

// networkFilesystem names the network filesystem that a folder is on, or "" if it is on a local one.
func networkFilesystem(dir string) (string, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", err
	}
	if s.Flags&unix.MNT_LOCAL != 0 {
		return "", nil
	}
	return unix.ByteSliceToString(s.Fstypename[:]), nil
}
