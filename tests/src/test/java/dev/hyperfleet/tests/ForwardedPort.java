package dev.hyperfleet.tests;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A machine's port forwarded by the command, which runs until this is closed. */
final class ForwardedPort implements AutoCloseable {
    private final Process command;
    private final BufferedReader lines;
    final String said;

    private ForwardedPort(Process command) throws IOException {
        this.command = command;
        this.lines = command.inputReader();
        this.said = next();
    }

    static ForwardedPort open(Path state, Map<String, String> settings, String machine, int port) throws IOException {
        return new ForwardedPort(
                ServerProcess.launch(state, settings, "machine", "port-forward", machine, "0:" + port));
    }

    RawConnection connect() {
        return RawConnection.open(Integer.parseInt(said.substring(said.indexOf(':') + 1, said.indexOf(' '))));
    }

    /** Its next line of output. */
    String next() throws IOException {
        return Optional.ofNullable(lines.readLine()).orElseThrow(() -> new IOException("the command has ended"));
    }

    @Override
    public void close() {
        command.destroy();
        command.onExit().join();
    }
}
