package dev.hyperfleet.bench;

import dev.hyperfleet.host.Folders;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The files and processes of a running benchmark. Closing it ends and removes all of them, and so does an interruption
 * by Ctrl-C.
 */
final class Workspace implements AutoCloseable {
    private static final int END_TIMEOUT_SECONDS = 20;

    private final Path files;
    private final Path sockets;
    private final Set<ProcessHandle> processes = ConcurrentHashMap.newKeySet();
    private final Thread hook = new Thread(this::cleanUp, "clean-up");

    private Workspace(Path files, Path sockets) {
        this.files = files;
        this.sockets = sockets;
    }

    static Workspace create(Settings settings) throws IOException {
        // Files are on the disk that a server usually uses, since flushing it is part of the measurement. A Unix
        // socket's path must be short.
        Workspace workspace = new Workspace(
                Files.createTempDirectory(settings.home(), "bench-"), Files.createTempDirectory("hyperfleet-bench-"));
        Runtime.getRuntime().addShutdownHook(workspace.hook);
        return workspace;
    }

    /** A private folder of this name, created if it does not exist: a server requires that of its home. */
    Path folder(String name) {
        Path folder = files.resolve(name);
        Folders.create(folder);
        return folder;
    }

    /** The folder for Unix sockets. */
    Path sockets() {
        return sockets;
    }

    /** Starts a process that does not outlive this. */
    Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        processes.add(process.toHandle());
        var _ = process.onExit().thenRun(() -> processes.remove(process.toHandle()));
        return process;
    }

    /** Terminates a process, and kills it if it does not exit in time. */
    static void end(Process process) throws IOException {
        process.destroy();
        boolean ended = false;
        try {
            ended = process.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            process.destroyForcibly();
            throw new IOException("process %d did not end in time, and was killed".formatted(process.pid()));
        }
    }

    @Override
    public void close() {
        cleanUp();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void cleanUp() {
        processes.forEach(Workspace::kill);
        // Machines outlive their server. They are identified by our folders, which no other process uses.
        ProcessHandle.allProcesses().filter(this::isOurs).forEach(Workspace::kill);
        remove(files);
        remove(sockets);
    }

    private boolean isOurs(ProcessHandle process) {
        List<String> command = ProcFiles.command(process.pid());
        return command.stream()
                .anyMatch(argument -> argument.contains(files.toString()) || argument.contains(sockets.toString()));
    }

    private static void kill(ProcessHandle process) {
        process.destroyForcibly();
        try {
            var _ = process.onExit().get(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException stuck) {
            System.err.printf("bench: process %d does not end although it was killed%n", process.pid());
        }
    }

    private static void remove(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            System.err.printf("bench: %s could not be removed: %s%n", folder, failure);
        }
    }
}
