package dev.hyperfleet.host.qemu;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.SnapshotLayout;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Moves a guest's memory, with the state of its devices, between QEMU and files, as QEMU's migration over a Unix socket:
 * QEMU's sandbox opens no files then. The memory is written as the stream arrives (see {@link MigrationStream}), and is
 * not read at all: a VMM that continues from it maps the file. See QEMU's "Migration" in its developer documentation.
 *
 * <p>The guest must be halted: the migration of a running guest loses pages under multi-threaded emulation.
 */
final class MemoryTransfer {
    /** QEMU's default, 128 MiB/s, is meant for networks. */
    private static final long BYTES_PER_SECOND = 1L << 40;

    private final MachineFiles files;

    MemoryTransfer(MachineFiles files) {
        this.files = files;
    }

    /** Saves the memory of a halted guest, which stays halted. */
    void save(SnapshotLayout.Paths to, Duration timeout) {
        Path socket = files.memorySocket();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Files.deleteIfExists(socket);
            var _ = server.bind(UnixDomainSocketAddress.of(socket));
            CompletableFuture<Void> received =
                    CompletableFuture.runAsync(() -> receive(server, to), Thread::startVirtualThread);
            QemuMonitor.converse(files.vmmSocket(), timeout, monitor -> {
                prepare(monitor);
                monitor.execute("migrate-set-parameters", Map.of("max-bandwidth", BYTES_PER_SECOND));
                monitor.execute("migrate", Map.of("uri", "unix:" + socket));
                boolean completed = monitor.awaitMigration();
                finish(received, to.memory());
                return done(completed, "save the guest's memory");
            });
        } catch (IOException failure) {
            throw HostErrors.of("save the guest's memory to", to.memory(), failure);
        } finally {
            remove(socket);
        }
    }

    private static void receive(ServerSocketChannel server, SnapshotLayout.Paths to) {
        try (SocketChannel from = server.accept();
                FileChannel memory = create(to.memory());
                FileChannel devices = create(to.devices())) {
            new MigrationStream(from, Qemu.MEMORY, memory, devices).separate();
        } catch (IOException failure) {
            throw HostErrors.of("save the guest's memory to", to.memory(), failure);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(Files.createFile(file, Folders.PRIVATE_FILE), StandardOpenOption.WRITE);
    }

    /** Loads the state of devices into a QEMU that waits for it, and has mapped the memory. The guest stays halted. */
    void load(SnapshotLayout.Paths from, Duration timeout) {
        Path socket = files.memorySocket();
        try {
            QemuMonitor.converse(files.vmmSocket(), timeout, monitor -> {
                if (!monitor.execute("query-status", Map.of())
                        .path("status")
                        .asString("")
                        .equals("inmigrate")) {
                    return false; // an earlier server has loaded it
                }
                prepare(monitor);
                monitor.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
                CompletableFuture<Void> sent =
                        CompletableFuture.runAsync(() -> send(from.devices(), socket), Thread::startVirtualThread);
                boolean completed = monitor.awaitMigration();
                finish(sent, from.devices());
                return done(completed, "load the guest's memory");
            });
        } finally {
            remove(socket);
        }
    }

    private static void send(Path file, Path socket) {
        try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ);
                SocketChannel to = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            long size = from.size();
            for (long position = 0; position < size; ) {
                position += from.transferTo(position, size - position, to);
            }
        } catch (IOException failure) {
            throw HostErrors.of("load the guest's memory from", file, failure);
        }
    }

    /** The monitor reports a migration's progress only on request. */
    private static void prepare(QemuMonitor.Session monitor) throws IOException {
        monitor.execute(
                "migrate-set-capabilities",
                Map.of("capabilities", List.of(Map.of("capability", "events", "state", true))));
    }

    private static void finish(CompletableFuture<Void> transfer, Path file) throws IOException {
        try {
            transfer.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof HyperfleetException reason) {
                throw reason;
            }
            throw new IOException("cannot transfer " + file, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private static boolean done(boolean completed, String operation) {
        if (!completed) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    "QEMU could not %s; see the machine's vmm.log in the server's home".formatted(operation));
        }
        return true;
    }

    private static void remove(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException harmless) {
            // It is removed with its folder when the VMM has ended.
        }
    }
}
