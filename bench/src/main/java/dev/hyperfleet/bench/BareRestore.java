package dev.hyperfleet.bench;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.guest.GrpcGuestConnector;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The baseline for a start from a snapshot: the same QEMU with the same arguments maps the same memory, loads the same
 * devices, has its own copy of the same disk, and continues, until its agent answers. Launched by this process itself,
 * and its guest stays a copy: it gets no name, no random numbers and no clock of its own.
 */
final class BareRestore implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private final Workspace workspace;
    private final MachineLayout layout;
    private final List<String> command;
    private final Path snapshot;
    private final String machine;
    private final GrpcGuestConnector guests;
    private final AtomicInteger started = new AtomicInteger();
    private final ConcurrentLinkedQueue<Process> processes = new ConcurrentLinkedQueue<>();

    /**
     * Prepares the launches.
     *
     * @param running the command line of a machine that the server has started from the snapshot
     * @param snapshot its folder
     * @param machine that machine's folder
     */
    BareRestore(Workspace workspace, List<String> running, Path snapshot, Path machine) throws IOException {
        this.workspace = workspace;
        this.command = running;
        this.snapshot = snapshot;
        this.machine = machine.toString();
        this.layout = new MachineLayout(
                workspace.folder("bare"),
                Files.createDirectories(workspace.sockets().resolve("bare")));
        this.guests = new GrpcGuestConnector(id -> layout.of(id).agentSocket(), new SecureRandom());
    }

    /** Restores one, ends it, and returns the duration until its agent answered, in nanoseconds. */
    long measure() throws IOException, InterruptedException {
        long elapsed = restore();
        end();
        return elapsed;
    }

    /**
     * Restores many, which run at the same time at the end, then ends them, and returns the duration until the last
     * one's agent answered, in nanoseconds.
     *
     * @param parallel how many at the same time
     */
    long measure(int count, int parallel) throws IOException, InterruptedException {
        long began = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(parallel)) {
            List<Callable<Long>> restores = Stream.<Callable<Long>>generate(() -> this::restore)
                    .limit(count)
                    .toList();
            for (Future<Long> restore : threads.invokeAll(restores)) {
                var _ = restore.get();
            }
        } catch (ExecutionException failure) {
            throw new IOException("a bare restore failed", failure);
        }
        long elapsed = System.nanoTime() - began;
        end();
        return elapsed;
    }

    private long restore() throws IOException, InterruptedException {
        MachineId id = new MachineId("restored%04d".formatted(started.getAndIncrement()));
        MachineFiles files = layout.of(id);
        Files.createDirectories(files.directory());
        Files.createDirectories(files.socketDirectory());
        long began = System.nanoTime();
        copyDisk(files.directory().resolve("disk.ext4"));
        List<String> own = new ArrayList<>();
        for (String argument : BareQemu.withOwnSockets(command, files)) {
            own.add(argument.replace(machine, files.directory().toString()));
        }
        Process process = workspace.start(new ProcessBuilder(own)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(files.consoleLog().toFile()));
        processes.add(process);
        BareQemu.awaitListening(process, files, began + TIMEOUT.toNanos());
        load(files);
        try (Guest guest = guests.connect(id)) {
            guest.awaitReady(TIMEOUT);
        }
        return System.nanoTime() - began;
    }

    private void copyDisk(Path to) throws IOException, InterruptedException {
        Process copy = workspace.start(new ProcessBuilder(
                "cp",
                "--reflink=auto",
                "--sparse=always",
                snapshot.resolve("disk.ext4").toString(),
                to.toString()));
        if (copy.waitFor() != 0) {
            throw new IOException("cannot copy the disk");
        }
    }

    private void load(MachineFiles files) throws IOException {
        try (BareMonitor monitor = BareMonitor.connect(files.vmmSocket())) {
            monitor.execute(
                    "migrate-set-capabilities", "{\"capabilities\":[{\"capability\":\"events\",\"state\":true}]}");
            monitor.execute("migrate-incoming", "{\"uri\":\"unix:%s\"}".formatted(files.memorySocket()));
            try (FileChannel devices = FileChannel.open(snapshot.resolve("devices"), StandardOpenOption.READ);
                    SocketChannel to = SocketChannel.open(UnixDomainSocketAddress.of(files.memorySocket()))) {
                long size = devices.size();
                for (long position = 0; position < size; ) {
                    position += devices.transferTo(position, size - position, to);
                }
            }
            monitor.await("MIGRATION", "completed");
            monitor.execute("cont", "{}");
        }
    }

    private void end() throws InterruptedException {
        for (Process process = processes.poll(); process != null; process = processes.poll()) {
            process.destroyForcibly();
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("a bare VMM does not end");
            }
        }
    }

    @Override
    public void close() {
        guests.close();
    }
}
