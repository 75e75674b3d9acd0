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
 * What a server uses exclusively on the host: its home, the user ids of its jails, the addresses of its machines. If
 * two servers shared them, one could remove the other's machines, or break their isolation. A claim is a lock on a
 * range of bytes in a file, one byte per user id or address, so that overlapping ranges conflict; the kernel releases
 * it with the process. For one thread.
 */
final class HostClaims implements AutoCloseable {
    /** The maximum number of machines; documented in docs/production.md. */
    static final int USERS = 65_536;

    private static final int ADDRESS_BITS = 32;

    /** Above the inode numbers of all but huge file systems. */
    private static final int DEVICE_SHIFT = 40;

    /** The bits of a namespace's number that leave room for addresses in a file's offset. */
    private static final long NAMESPACES = (1L << 30) - 1;

    private static final Path RUN = Path.of("/run");

    private final Path folder;
    private final List<HeldLock> held = new ArrayList<>();

    /** Creates claims in this folder; servers that use another folder are not seen. */
    HostClaims(Path folder) {
        this.folder = folder;
    }

    /** /run for root, which all servers of the host share; otherwise the folder of the sockets. */
    static HostClaims on(Path sockets) {
        return new HostClaims(Files.isWritable(RUN) ? RUN.resolve("hyperfleet") : sockets.resolve("hyperfleet-claims"));
    }

    /**
     * Claims a home: the lock file in it may be removed by mistake, and the lock with it.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if another server has it
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

    /** The folder's identity in the kernel, regardless of its path, as one number. */
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

    /**
     * The offset of its addresses in the file, which all namespaces share: otherwise each would leave a file behind.
     */
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
