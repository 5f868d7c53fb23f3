package store

import (
	"errors"

	"golang.org/x/sys/unix"
)

// networkFilesystem names the network filesystem that a folder is on, or "" if it is on none that is known
// (magic numbers: statfs(2)). FUSE and 9P are let through: both also carry local disks.
func networkFilesystem(dir string) (string, error) {
	var s unix.Statfs_t
	for {
		err := unix.Statfs(dir, &s)
		if err == nil {
			return filesystemName(uint32(s.Type)), nil
		}
		if !errors.Is(err, unix.EINTR) {
			return "", err
		}
	}
}

func filesystemName(magic uint32) string {
	switch magic {
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "SMB"
	case unix.AFS_SUPER_MAGIC, unix.AFS_FS_MAGIC:
		return "AFS"
	case unix.CEPH_SUPER_MAGIC:
		return "Ceph"
	case unix.CODA_SUPER_MAGIC:
		return "Coda"
	case unix.OCFS2_SUPER_MAGIC:
		return "OCFS2"
	case 0x564c:
		return "NCP"
	case 0x01161970:
		return "GFS2"
	case 0x0bd00bd0:
		return "Lustre"
	case 0x47504653:
		return "GPFS"
	default:
		return ""
	}
}
