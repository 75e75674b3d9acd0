package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a script of src/test/resources in separate namespaces, as their root: it can mount, and set up networks, and
 * leaves nothing behind.
 */
final class OwnHost {
    private static final int TIMEOUT_SECONDS = 600;

    private OwnHost() {}

    /** The output of the script. */
    static List<String> run(String script, Path state, Map<String, String> settings)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("unshare", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"));
        if (System.getenv("TESTHOST") == null) {
            command.addAll(List.of("--user", "--map-root-user")); // otherwise we are root of our own host
        }
        command.addAll(List.of(
                Path.of("src/test/resources", script).toAbsolutePath().toString(),
                TestHome.LAUNCHER.toString(),
                state.toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(TestHome.environment(state));
        builder.environment().put("DISABLE_AUTH", "true");
        builder.environment().putAll(settings);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assumeTrue(!output.contains("unshare failed"), "user namespaces are not permitted here: " + output);
        assertThat(process.exitValue()).as(output).isZero();
        return output.lines().toList();
    }
}
