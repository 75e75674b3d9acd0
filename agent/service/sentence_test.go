package service

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAMissingFileIsSaidInASentenceOfOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nope")
	_, err := os.Stat(path)
	refusal := status.Convert(reason(err))
	if refusal.Code() != codes.NotFound || refusal.Message() != fmt.Sprintf("There is no '%s' in the machine", path) {
		t.Errorf("%v: %s", refusal.Code(), refusal.Message())
	}
}

func TestNoOperationOfGoIsInWhatIsSaidOfAFile(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, missing := os.Open(filepath.Join(folder, "a", "b"))
	_, inFile := os.Stat(filepath.Join(file, "x"))
	_, long := os.Stat(filepath.Join(folder, strings.Repeat("x", 300)))
	for _, err := range []error{
		missing, inFile, long, os.Mkdir(folder, 0o700), os.Remove(folder), os.Rename(filepath.Join(folder, "no"), file),
	} {
		if said := status.Convert(reason(err)).Message(); !strings.Contains(said, "'"+folder) || strings.Contains(said, ": "+folder) {
			t.Errorf("%v became %q", err, said)
		}
	}
}
