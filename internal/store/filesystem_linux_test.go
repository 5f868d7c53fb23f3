package store

import "testing"

func TestFilesystemName(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		0x6969: "NFS", 0xff534d42: "SMB", 0xfe534d42: "SMB", 0x517b: "SMB", 0x00c36400: "Ceph", 0x47504653: "GPFS",
		0xef53: "", 0x9123683e: "", 0x58465342: "", 0x01021994: "", 0x794c7630: "", // ext4, btrfs, xfs, tmpfs, overlay
	} {
		if got := filesystemName(magic); got != want {
			t.Errorf("%#x is %q, want %q", magic, got, want)
		}
	}
	if kind, err := networkFilesystem("/proc"); kind != "" || err != nil {
		t.Errorf("/proc is %q, %v", kind, err)
	}
	if _, err := networkFilesystem(t.TempDir() + "/none"); err == nil {
		t.Error("a folder that is not there is on a filesystem")
	}
}
