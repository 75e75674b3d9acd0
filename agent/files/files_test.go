package files

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAPageEndsWhereItsLimitIsAndTheNextGoesOn(t *testing.T) {
	root := t.TempDir()
	var want []string
	for _, name := range []string{"a", "a b", "a/x", "a-b", "b/c/d", "b/c", "é", "z"} {
		path := filepath.Join(root, name)
		if name == "a" || name == "b/c" {
			continue // folders, by their contents
		}
		write(t, path, name)
	}
	for _, name := range []string{"a", "a/x", "a b", "a-b", "b", "b/c", "b/c/d", "z", "é"} {
		want = append(want, filepath.Join(root, name))
	}
	for limit := 1; limit < 11; limit++ {
		var got []string
		after := ""
		for more := true; more; {
			var entries []*guestv1.Entry
			var err error
			if entries, more, err = List(root, 64, limit, after); err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				after = string(e.Path)
				got = append(got, after)
			}
			if len(entries) > limit || (more && len(entries) == 0) {
				t.Fatalf("%d entries of %d, more: %v", len(entries), limit, more)
			}
		}
		if slices.Sort(want); !equalSets(got, want) {
			t.Fatalf("by pages of %d: %q", limit, got)
		}
	}
}

func equalSets(a, b []string) bool {
	sorted := slices.Sorted(slices.Values(a))
	return slices.Equal(sorted, slices.Sorted(slices.Values(b)))
}

func TestOfTwoWhoReplaceTheSameVersionOneIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "first")
	entry, err := Stat(path, false)
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Int32
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			_, err := Write(path, &guestv1.WriteRequest_Opening{Version: entry.Version}, strings.NewReader(strings.Repeat("x", n)))
			var changed *ChangedError
			switch {
			case err == nil:
				done.Add(1)
			case !errors.As(err, &changed):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("%d have replaced it", done.Load())
	}
}

func TestAWriteThatBreaksOffLeavesWhatWasThereAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	write(t, path, "before")
	broken := io.MultiReader(strings.NewReader("half"), iotestError{})
	if _, err := Write(path, &guestv1.WriteRequest_Opening{}, broken); err == nil {
		t.Error("it was taken")
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "before" {
		t.Errorf("%q, %v", content, err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("%d files", len(entries))
	}
}

type iotestError struct{}

func (iotestError) Read([]byte) (int, error) { return 0, errors.New("interrupted") }

func TestACopyThatFailsLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "from/file"), "text")
	if _, err := Copy(filepath.Join(folder, "from"), filepath.Join(folder, "none/to"), false); err == nil {
		t.Error("into a folder that is not there")
	}
	if _, err := Copy(filepath.Join(folder, "from"), filepath.Join(folder, "from/in"), false); err == nil {
		t.Error("into itself")
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("%d files", len(entries))
	}
}

func archive(t *testing.T, headers ...tar.Header) io.Reader {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = 4
		}
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte("evil")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &buffer
}

func TestNoArchiveWritesOutsideOfItsFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the agent is root in its machine; owners are set as they are in the archive")
	}
	for name, headers := range map[string][]tar.Header{
		"up":                  {{Name: "../evil", Typeflag: tar.TypeReg}},
		"absolute":            {{Name: "/evil", Typeflag: tar.TypeReg}},
		"through a link":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "l/evil", Typeflag: tar.TypeReg}},
		"by an absolute link": {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}, {Name: "l/hyperfleet-evil", Typeflag: tar.TypeReg}},
		"by a hard link":      {{Name: "h", Typeflag: tar.TypeLink, Linkname: "../secret"}},
		"a folder of it":      {{Name: "l", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "l/evil", Typeflag: tar.TypeDir}},
		"a device":            {{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			outside := t.TempDir()
			write(t, filepath.Join(outside, "secret"), "secret")
			folder := filepath.Join(outside, "folder")
			if _, err := ReadTar(folder, true, "", archive(t, headers...)); err == nil {
				t.Error("it was taken")
			}
			entries, err := os.ReadDir(outside)
			if err != nil || len(entries) != 2 {
				t.Errorf("%v, %v", entries, err)
			}
			if _, err := os.Lstat("/tmp/hyperfleet-evil"); err == nil {
				t.Error("it is in /tmp")
			}
		})
	}
}

func TestALinkThatLiesInTheWayIsReplacedAndNotFollowed(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the agent is root in its machine; owners are set as they are in the archive")
	}
	outside := t.TempDir()
	target := filepath.Join(outside, "target")
	write(t, target, "before")
	folder := filepath.Join(outside, "folder")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(folder, "file")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTar(folder, false, "", archive(t, tar.Header{Name: "file", Typeflag: tar.TypeReg})); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(target); string(content) != "before" {
		t.Errorf("the target is %q", content)
	}
	if content, _ := os.ReadFile(filepath.Join(folder, "file")); string(content) != "evil" {
		t.Errorf("the file is %q", content)
	}
}
