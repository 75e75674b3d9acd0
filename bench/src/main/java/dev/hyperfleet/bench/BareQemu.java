package dev.hyperfleet.bench;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.guest.GrpcGuestConnector;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The baseline for a start: the same QEMU with the same arguments, kernel, initramfs and disks, launched by this
 * process itself, without a server, shim, namespaces, resource limits and slirp4netns. Its arguments are those of a
 * machine that the server started, so they cannot diverge.
 */
final class BareQemu implements BareVmm {
    private static final MachineId ID = new MachineId("baselineqemu");
    private static final Pattern INHERITED_SOCKET = Pattern.compile("socket,id=(\\w+),fd=\\d+,(.*)");
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_GRACE = Duration.ofSeconds(8);
    private static final int STOP_TIMEOUT_SECONDS = 20;
    private static final int POLL_MILLISECONDS = 1;

    private final Workspace workspace;
    private final MachineFiles files;
    private final List<String> command;
    private final GrpcGuestConnector guests;

    /**
     * Prepares the launch.
     *
     * @param running the command line of a machine that the server has started
     */
    BareQemu(Workspace workspace, List<String> running) throws IOException {
        this.workspace = workspace;
        Path sockets = Files.createDirectories(workspace.sockets().resolve("bare"));
        MachineLayout layout = new MachineLayout(workspace.folder("bare"), sockets);
        files = layout.of(ID);
        Files.createDirectories(files.directory());
        Files.createDirectories(files.socketDirectory());
        command = withOwnSockets(running, files);
        guests = new GrpcGuestConnector(machine -> layout.of(machine).agentSocket(), new SecureRandom());
    }

    /** A machine's QEMU inherits its sockets; this one has to create its own. */
    static List<String> withOwnSockets(List<String> running, MachineFiles files) throws IOException {
        List<String> command = new ArrayList<>();
        int replaced = 0;
        for (String argument : running) {
            Matcher socket = INHERITED_SOCKET.matcher(argument);
            if (socket.matches()) {
                Path path = socket.group(1).equals("agent") ? files.agentSocket() : files.vmmSocket();
                command.add("socket,id=%s,path=%s,%s".formatted(socket.group(1), path, socket.group(2)));
                replaced++;
            } else {
                command.add(argument);
            }
        }
        if (replaced != 2 || !String.join(" ", command).contains("id=agent,path=")) {
            throw new IOException("QEMU's command line is not as it was: " + running);
        }
        return command;
    }

    @Override
    public String title() {
        return "bare QEMU";
    }

    @Override
    public long measureStart() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(files.consoleLog().toFile());
        long began = System.nanoTime();
        Process process = workspace.start(builder);
        try {
            awaitListening(process, files, began + START_TIMEOUT.toNanos());
            try (Guest guest = guests.connect(ID)) {
                guest.awaitReady(START_TIMEOUT);
                long elapsed = System.nanoTime() - began;
                guest.shutdown(STOP_GRACE);
                if (!process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("the guest does not power off");
                }
                return elapsed;
            }
        } finally {
            process.destroyForcibly();
            process.waitFor(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            Files.deleteIfExists(files.agentSocket());
            Files.deleteIfExists(files.vmmSocket());
        }
    }

    /** gRPC would wait a second after a refused connection. */
    static void awaitListening(Process process, MachineFiles files, long deadline)
            throws IOException, InterruptedException {
        while (!ProcFiles.isListening(files.agentSocket())) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("QEMU did not start: " + Files.readString(files.consoleLog()));
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    @Override
    public void close() {
        guests.close();
    }
}
