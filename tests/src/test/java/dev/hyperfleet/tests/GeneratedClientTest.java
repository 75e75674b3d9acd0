package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that others' generators make from the API's description. */
@ExtendWith(SharedServer.class)
class GeneratedClientTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(4);

    private final Shared shared;

    GeneratedClientTest(Shared shared) {
        this.shared = shared;
    }

    @Test
    void aClientOfOpenapiPythonClientTakesAMachineThroughItsLife() throws Exception {
        assumeTrue(Program.find("python3").isPresent(), "python3 is not on the PATH");
        assertThat(run("openapi-python-client/run"))
                .doesNotContain("WARNING")
                .containsSubsequence(
                        " running",
                        "from the guest 0",
                        "1 [8080]",
                        "BAD_REQUEST ['stop', 'restart', 'pause', 'suspend', 'rollback']",
                        "stopped",
                        "NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource({"python, python3", "java, mvn", "typescript-fetch, node"})
    void aClientOfOpenapiGeneratorTakesAMachineThroughItsLife(String language, String program) throws Exception {
        assumeTrue(Program.find(program).isPresent(), program + " is not on the PATH");
        assumeTrue(Program.find("mvn").isPresent(), "mvn is not on the PATH");
        String output = run("openapi-generator/run", language);
        assertThat(output.replaceAll("['\" ]", ""))
                .containsSubsequence(
                        "runninghttp",
                        "fromtheguest0",
                        "1[8080]",
                        "web",
                        "BAD_REQUEST[stop,restart,pause,suspend,rollback]",
                        "stopped",
                        "NOT_FOUND");
    }

    private String run(String program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(TestHome.PROJECT.resolve("tests/clients/" + program).toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of(shared.server().url, shared.key()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("HYPERFLEET_TEST_HOME", TestHome.HOME.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return Child.succeed(builder, TIMEOUT);
    }
}
