package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that others' generators make from the API's description. */
@ExtendWith(SharedServer.class)
class GeneratedClientTest {
    private static final int TIMEOUT_SECONDS = 240;

    private final Shared shared;

    GeneratedClientTest(Shared shared) {
        this.shared = shared;
    }

    @Test
    void aGeneratedPythonClientTakesAMachineThroughItsLife() throws Exception {
        assumeTrue(Program.find("python3").isPresent(), "python3 is not on the PATH");
        ProcessBuilder builder = new ProcessBuilder(
                        TestHome.PROJECT.resolve("tests/clients/python").toString(), shared.server().url, shared.key())
                .redirectErrorStream(true);
        builder.environment().put("HYPERFLEET_TEST_HOME", TestHome.HOME.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS))
                .as(output)
                .isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output)
                .doesNotContain("WARNING")
                .containsSubsequence(
                        " running",
                        "from the guest 0",
                        "1 [8080]",
                        "BAD_REQUEST ['stop', 'restart', 'pause']",
                        "stopped",
                        "NOT_FOUND");
    }
}
