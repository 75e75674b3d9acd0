package files

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"", "/", "a", "/a/../../b", "/a\x00b", "//", "/./.", "/\xff", "/" + strings.Repeat("x", 5000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		path, err := Path(raw)
		if err != nil {
			return
		}
		if !filepath.IsAbs(path) || filepath.Clean(path) != path || strings.ContainsRune(path, 0) || len(path) >= unix.PathMax {
			t.Errorf("%q became %q", raw, path)
		}
	})
}

// archiveOf creates a tar of these entries; one whose name ends with a slash is a folder, one with
// a link target is a link.
func archiveOf(entries ...tar.Header) []byte {
	var made bytes.Buffer
	writer := tar.NewWriter(&made)
	for _, entry := range entries {
		content := []byte("content")
		entry.Mode, entry.Uid, entry.Gid = 0o644, os.Getuid(), os.Getgid()
		if entry.Typeflag != tar.TypeReg {
			content = nil
		}
		entry.Size = int64(len(content))
		if writer.WriteHeader(&entry) == nil {
			_, _ = writer.Write(content)
		}
	}
	writer.Close()
	return made.Bytes()
}

// FuzzReadTar unpacks arbitrary archives beside a file that they must not reach.
func FuzzReadTar(f *testing.F) {
	file, link, hard, folder := byte(tar.TypeReg), byte(tar.TypeSymlink), byte(tar.TypeLink), byte(tar.TypeDir)
	f.Add(archiveOf(tar.Header{Name: "a/b", Typeflag: file}, tar.Header{Name: "c/", Typeflag: folder}))
	f.Add(archiveOf(tar.Header{Name: "../precious", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "/precious", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "l", Linkname: "..", Typeflag: link}, tar.Header{Name: "l/precious", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "l", Linkname: "../precious", Typeflag: hard}, tar.Header{Name: "l", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "l", Linkname: "../precious", Typeflag: link}, tar.Header{Name: "l", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "a", Typeflag: file}, tar.Header{Name: "a/b", Typeflag: file}))
	f.Add(archiveOf(tar.Header{Name: "a", Typeflag: tar.TypeFifo}, tar.Header{Name: ".", Typeflag: file}))
	f.Add([]byte("no tar"))
	f.Fuzz(func(t *testing.T, content []byte) {
		outside := t.TempDir()
		precious := filepath.Join(outside, "precious")
		if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		inside := filepath.Join(outside, "inside")
		if err := os.Mkdir(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		_, _ = ReadTar(inside, false, "", bytes.NewReader(content))
		if kept, err := os.ReadFile(precious); err != nil || string(kept) != "precious" {
			t.Fatalf("what is beside the folder has become %q, %v", kept, err)
		}
		info, err := os.Lstat(precious)
		if err != nil || info.Mode() != fs.FileMode(0o600) {
			t.Fatalf("what is beside the folder is %v now, %v", info, err)
		}
		beside, err := os.ReadDir(outside)
		if err != nil || len(beside) != 2 {
			t.Fatalf("beside the folder there is %v, %v", beside, err)
		}
		_ = filepath.WalkDir(inside, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				_ = os.Chmod(path, 0o700) // so that the test can be cleaned up
			}
			return nil
		})
	})
}
