// Package account finds the guest's users.
package account

import (
	"fmt"
	"os/user"
	"strconv"
	"syscall"
)

// Account is a user.
type Account struct {
	Name, Home string
	Credential *syscall.Credential
}

// Lookup finds a user of the guest by name or number. A root file system may have no
// /etc/passwd: root and plain numbers work without.
func Lookup(nameOrNumber string) (Account, error) {
	if nameOrNumber == "" {
		nameOrNumber = "root"
	}
	entry, err := user.Lookup(nameOrNumber)
	if err != nil {
		entry, err = user.LookupId(nameOrNumber)
	}
	if err != nil {
		number, notANumber := strconv.ParseUint(nameOrNumber, 10, 31)
		if nameOrNumber != "root" && notANumber != nil {
			return Account{}, fmt.Errorf("user '%s' does not exist in the machine", nameOrNumber)
		}
		home := map[bool]string{true: "/root", false: "/"}[number == 0]
		id := uint32(number)
		return Account{nameOrNumber, home, &syscall.Credential{Uid: id, Gid: id}}, nil
	}
	uid, uidError := strconv.ParseUint(entry.Uid, 10, 32)
	gid, gidError := strconv.ParseUint(entry.Gid, 10, 32)
	if uidError != nil || gidError != nil {
		return Account{}, fmt.Errorf("user '%s' has a malformed entry in the machine's /etc/passwd", nameOrNumber)
	}
	return Account{entry.Username, entry.HomeDir, &syscall.Credential{
		Uid: uint32(uid), Gid: uint32(gid), Groups: supplementaryGroups(entry),
	}}, nil
}

func supplementaryGroups(entry *user.User) []uint32 {
	var groups []uint32
	names, err := entry.GroupIds()
	if err != nil {
		return nil // a root without /etc/group
	}
	for _, name := range names {
		if id, err := strconv.ParseUint(name, 10, 32); err == nil {
			groups = append(groups, uint32(id))
		}
	}
	return groups
}
