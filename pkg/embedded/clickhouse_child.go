package embedded

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
)

const engineClickHouse = "clickhouse"

// clickhouseSpec is what the child is told.
type clickhouseSpec struct {
	Library string   `json:"library"`
	Args    []string `json:"args"`
	// Shields stand before the library's own addresses.
	Shields []shieldSpec `json:"shields"`
}

// runClickHouse is ClickHouse's process: the library's own command line, which serves for as long as standard input stays open.
func runClickHouse(spec clickhouseSpec, parent *reporter) error {
	lib, err := purego.Dlopen(spec.Library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("load %s: %w (the library is built for glibc)", spec.Library, err)
	}
	var run func(argc int32, argv **byte) unsafe.Pointer
	var failure func(result unsafe.Pointer) string
	for name, fn := range map[string]any{"chdb_query_cmdline": &run, "chdb_result_error": &failure} {
		addr, err := purego.Dlsym(lib, name)
		if err != nil {
			return fmt.Errorf("%s is not the library expected: %w", spec.Library, err)
		}
		purego.RegisterFunc(fn, addr)
	}
	refusals := parent.tally()
	for _, sh := range spec.Shields {
		if _, err := newShield(sh, refusals); err != nil {
			return err
		}
	}
	argv := make([]*byte, len(spec.Args)+1) // ends with nil, as C wants it
	for i, a := range spec.Args {
		argv[i] = &append([]byte(a), 0)[0]
	}
	var pin runtime.Pinner // the library keeps pointers to its arguments while it runs
	defer pin.Unpin()
	for _, a := range argv[:len(spec.Args)] {
		pin.Pin(a)
	}
	pin.Pin(&argv[0])
	go endAfterParent()
	result := run(int32(len(spec.Args)), &argv[0])
	if result == nil {
		return errors.New("the library could not be started")
	}
	if msg := failure(result); msg != "" {
		return errors.New(msg)
	}
	return nil
}

// endAfterParent ends a child that goes on for too long after its parent: the library may wait for a query that nobody reads any more.
func endAfterParent() {
	parent := os.Getppid()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range tick.C {
		if os.Getppid() != parent {
			time.AfterFunc(stopLimit, func() { os.Exit(exitRefused) })
			return
		}
	}
}
