package embedded

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFS writes the file system that d lies on to the disk.
func syncFS(d *os.File) error { return unix.Syncfs(int(d.Fd())) }
