package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The README's first session, as a newcomer pastes it. */
@ExtendWith(SharedServer.class)
class ReadmeTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Shared shared;

    ReadmeTest(Shared shared) {
        this.shared = shared;
    }

    /** The indented lines of the section, without the server, which runs already. */
    private static String session() throws IOException {
        List<String> lines = Files.readAllLines(TestHome.PROJECT.resolve("README.md"));
        int begin = lines.indexOf("## A first machine");
        int end = lines.subList(begin + 1, lines.size()).indexOf("## What it promises") + begin + 1;
        return lines.subList(begin, end).stream()
                .takeWhile(line -> !line.startsWith("A proxy gives access"))
                .filter(line -> line.startsWith("    "))
                .map(String::strip)
                .filter(line -> !line.equals("./hyperfleet serve"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void theFirstSessionWorksAsItIsWritten() throws Exception {
        String session = session();
        assertThat(session).contains("./hyperfleet run uname -a", "keys create me", "api ");
        ProcessBuilder builder = new ProcessBuilder(
                        "bash", "-eo", "pipefail", "-c", session.replace("http://127.0.0.1:3000", shared.server().url))
                .directory(TestHome.PROJECT.toFile());
        builder.environment().putAll(TestHome.environment(shared.server().state));
        builder.environment().remove("HYPERFLEET_URL");
        builder.environment().remove("HYPERFLEET_TOKEN");
        builder.environment().put("XDG_CONFIG_HOME", shared.server().state.toString());
        String output = Child.succeed(builder, TIMEOUT);
        assertThat(output)
                .containsPattern("(?m)^Linux run-[0-9a-f]{8} ")
                .contains("first  running", "I am first", "README.md", "Status:   running")
                .contains("\"name\":\"second\",\"status\":\"running\"", "\"exit_code\":0");
        assertThat(shared.api().get("/machines?name=first").json().get("machines"))
                .isEmpty();
    }
}
