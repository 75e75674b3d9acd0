package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.network.Cidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What of the host a server has for itself: its home, the users of its jails, the addresses of its machines. Two servers
 * that shared them would take machines from each other, or let them into each other. A claim is a lock on as many bytes of a file as there are users or
 * addresses, from the first one's number on, so that overlapping ones meet; the kernel frees it with the process. For
 * one thread.
 */
final class HostClaims implements AutoCloseable {
    /** As many users as machines can exist; docs/production.md says so. */
    static final int USERS = 65_536;

    private static final int ADDRESS_BITS = 32;

    /** Above the inodes' numbers of all but huge file systems. */
    private static final int DEVICE_SHIFT = 40;

    /** As many bits of a namespace's number as leave room for addresses in a file's length. */
    private static final long NAMESPACES = (1L << 30) - 1;

    private static final Path RUN = Path.of("/run");

    private final Path folder;
    private final List<HeldLock> held = new ArrayList<>();

    /** Claims that are noted in this folder; servers that note theirs elsewhere are not seen. */
    HostClaims(Path folder) {
        this.folder = folder;
    }

    /** Where root may, /run, which all servers of the host share; else the folder of the sockets. */
    static HostClaims on(Path sockets) {
        return new HostClaims(Files.isWritable(RUN) ? RUN.resolve("hyperfleet") : sockets.resolve("hyperfleet-claims"));
    }

    /**
     * Claims a home: the lock in it is lost when its file, which looks like a leftover, is removed.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} when another server has it
     */
    void home(Path home) {
        Folders.claim(folder);
        Path file = folder.resolve("homes.lock");
        try {
            held.add(HeldLock.tryAcquire(file, number(home), 1).orElseThrow(() -> HomeLock.taken(home)));
        } catch (IOException failure) {
            throw cannotLock(file, failure);
        }
    }

    /** What the kernel knows the folder by, whatever its path, in one number. */
    private static long number(Path folder) throws IOException {
        long device = (long) Files.getAttribute(folder, "unix:dev");
        long inode = (long) Files.getAttribute(folder, "unix:ino");
        return (device << DEVICE_SHIFT ^ inode) & Long.MAX_VALUE;
    }

    /** Claims {@value #USERS} users, from this one on. */
    void users(int first) {
        claim("users", first, USERS, "HYPERFLEET_JAIL_FIRST_UID=%d".formatted(first));
    }

    /** Claims the addresses of a pool, within this network namespace. */
    void addresses(Cidr pool) {
        claim("addresses", networkNamespace() + pool.address(), pool.size(), "HYPERFLEET_NETWORK_POOL=" + pool);
    }

    /** Where its addresses begin in the file, which all namespaces share: else each would leave one behind. */
    private static long networkNamespace() {
        try {
            String inode = Files.readSymbolicLink(Path.of("/proc/self/ns/net"))
                    .toString()
                    .replaceAll("[^0-9]", "");
            return (Long.parseLong(inode) & NAMESPACES) << ADDRESS_BITS;
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR, "Cannot read which network namespace this is: " + failure, failure);
        }
    }

    private void claim(String kind, long first, long size, String setting) {
        Folders.claim(folder);
        Path file = folder.resolve(kind + ".lock");
        try {
            held.add(HeldLock.tryAcquire(file, first, size)
                    .orElseThrow(() -> new HyperfleetException(
                            ErrorCode.CONFLICT,
                            ("%s overlaps with a range of another server on this host. Change one of them, or stop "
                                    + "that server (%s is locked).")
                                    .formatted(setting, file))));
        } catch (IOException failure) {
            throw cannotLock(file, failure);
        }
    }

    private static HyperfleetException cannotLock(Path file, IOException failure) {
        return new HyperfleetException(
                ErrorCode.INTERNAL_ERROR, "Cannot lock %s: %s".formatted(file, failure.getMessage()), failure);
    }

    @Override
    public void close() {
        held.forEach(HeldLock::close);
    }
}
