package files

import (
	"os"
	"path/filepath"
	"strings"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	maxListed     = 1 << 20 // bytes of one page: it must fit into a message
	entryOverhead = 200
)

// List lists a folder: folders before their contents, each sorted by name.
func List(path string, depth, limit int, after string) (entries []*guestv1.Entry, more bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, false, err
	}
	if !info.IsDir() {
		return nil, false, invalid("'%s' is not a folder", path)
	}
	l := &lister{limit: limit, after: after, names: names{}}
	err = l.list(path, depth)
	return l.entries, l.more, err
}

type lister struct {
	limit   int
	after   string
	names   names
	entries []*guestv1.Entry
	size    int // bytes that they take in a message
	more    bool
}

// list adds the contents of one folder. Entries that vanish meanwhile are skipped.
func (l *lister) list(folder string, depth int) error {
	children, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, child := range children {
		path := filepath.Join(folder, child.Name())
		order := compare(path, l.after)
		within := strings.HasPrefix(l.after, path+"/")
		if order <= 0 && !within && path != l.after {
			continue
		}
		if order > 0 {
			info, err := child.Info()
			if err != nil {
				continue
			}
			if len(l.entries) == l.limit || l.size > maxListed {
				l.more = true
				return nil
			}
			found := l.names.entry(path, info)
			l.entries = append(l.entries, found)
			l.size += len(found.Path) + len(found.LinkTarget) + entryOverhead
		}
		if child.IsDir() && depth > 1 {
			_ = l.list(path, depth-1) // it may be gone
			if l.more {
				return nil
			}
		}
	}
	return nil
}

// compare orders paths as List does. The empty path is first.
func compare(a, b string) int {
	return strings.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}
