package dev.hyperfleet.tests;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Servers whose machines are tests/fakeqemu: a process with an agent that answers, but no guest. */
final class FakeQemu {
    private static final Path FOLDER = TestHome.PROJECT.resolve("tests/target/fake");

    private FakeQemu() {}

    static ServerProcess start(Path state) throws IOException {
        return ServerProcess.start(
                state,
                Map.of(
                        "PATH",
                        FOLDER + ":" + System.getenv("PATH"),
                        "HYPERFLEET_VMM",
                        "qemu",
                        "HYPERFLEET_WARM_START_MAX_MIB", // it has no memory to save
                        "0",
                        "HYPERFLEET_EGRESS",
                        "false",
                        "HYPERFLEET_PROBE_DIR",
                        state.resolve("probes").toString()));
    }
}
