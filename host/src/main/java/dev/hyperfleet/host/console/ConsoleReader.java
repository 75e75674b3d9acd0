package dev.hyperfleet.host.console;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Follows a console across rotations. Output that is rotated away before it is read is lost. */
final class ConsoleReader implements ConsoleLogs.Reader {
    private static final int MAX_BYTES = 64 << 10;

    private final Path log;
    private final Optional<WatchService> watch; // empty: it is not followed, or there is no folder
    private @Nullable FileChannel file;
    private @Nullable Object key; // of the open file

    private ConsoleReader(Path log, Optional<WatchService> watch) {
        this.log = log;
        this.watch = watch;
    }

    /**
     * Begins to read.
     *
     * @param folder of the console's files
     * @param follow whether to watch it; a host has a bounded number of watches
     * @param start called once the watch is active: nothing is missed from there on
     */
    static ConsoleReader open(Path folder, Path log, boolean follow, LongSupplier start) {
        boolean begun = false;
        ConsoleReader reader = new ConsoleReader(log, follow ? watch(folder) : Optional.empty());
        try {
            reader.begin(start.getAsLong());
            begun = true;
            return reader;
        } catch (IOException failure) {
            throw HostErrors.of("read", log, failure);
        } finally {
            if (!begun) {
                reader.close();
            }
        }
    }

    private static Optional<WatchService> watch(Path folder) {
        try {
            WatchService service = folder.getFileSystem().newWatchService();
            try {
                folder.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE);
                return Optional.of(service);
            } catch (NoSuchFileException none) {
                service.close();
                return Optional.empty();
            }
        } catch (IOException failure) {
            throw HostErrors.of("watch", folder, failure);
        }
    }

    private void begin(long start) throws IOException {
        Path older = ConsoleStart.older(log);
        long olderSize = Files.exists(older) ? Files.size(older) : 0;
        if (start < olderSize && switchTo(older)) {
            position(start);
        } else if (switchTo(log)) {
            position(Math.max(0, start - olderSize));
        }
    }

    private void position(long offset) throws IOException {
        if (file != null) {
            file.position(offset);
        }
    }

    /** Opens a file, unless it is open already. */
    private boolean switchTo(Path path) throws IOException {
        try {
            FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
            Object before = identity(path);
            if (before.equals(key)) {
                opened.close();
                return false;
            }
            closeFile();
            file = opened;
            key = before;
            return true;
        } catch (NoSuchFileException none) {
            // Perhaps removed with its folder. The kernel does not report that while we have it open.
            closeFile();
            return false;
        }
    }

    private static Object identity(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public byte[] read() {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES);
            int count = file == null ? 0 : readFile(file, buffer);
            // At its end: it may be the older one, or have become the older one.
            if (count <= 0 && switchTo(log) && file != null) {
                count = readFile(file, buffer);
            }
            return Arrays.copyOf(buffer.array(), Math.max(0, count));
        } catch (IOException failure) {
            throw HostErrors.of("read", log, failure);
        }
    }

    private static int readFile(FileChannel file, ByteBuffer buffer) throws IOException {
        if (file.size() < file.position()) {
            file.position(0); // the machine was started again
        }
        return file.read(buffer);
    }

    @Override
    public Wait await(Duration timeout) {
        if (watch.isEmpty()) {
            return Wait.OVER;
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            while (true) {
                @Nullable WatchKey changed = watch.get().poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (changed == null) {
                    return Wait.NOTHING;
                }
                // The machine's disk is in the same folder.
                boolean ours = changed.pollEvents().stream()
                        .anyMatch(event ->
                                event.context() == null || event.context().equals(log.getFileName()));
                if (!changed.reset()) {
                    return Wait.OVER;
                }
                if (ours) {
                    return Wait.MORE;
                }
            }
        } catch (ClosedWatchServiceException closed) {
            return Wait.OVER;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private void closeFile() throws IOException {
        if (file != null) {
            file.close();
            file = null;
            key = null;
        }
    }

    @Override
    public void close() {
        try {
            closeFile();
            if (watch.isPresent()) {
                watch.get().close();
            }
        } catch (IOException failure) {
            throw HostErrors.of("close", log, failure);
        }
    }
}
