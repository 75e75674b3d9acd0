package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands in docs/ work as they are written. Comments in the lines before a block say what is not run, and why
 * ({@code not run: REASON}), or what has to be done before ({@code run after: COMMANDS}).
 */
@ExtendWith(SharedServer.class)
class DocumentsTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final Path DOCUMENTS = TestHome.PROJECT.resolve("docs");
    private static final Pattern COMMENT = Pattern.compile("<!-- (not run|run after): (.+) -->");

    /** What the documents say about their variables; a command that gets an error fails. */
    private static final String PRELUDE = """
            curl() { command curl -sS --fail-with-body "$@"; }
            api() { curl -H "Authorization: Bearer $HYPERFLEET_TOKEN" -H 'Content-Type: application/json' "$@"; }
            U=http://127.0.0.1:3000
            M=$U/machines/NAME
            set -x
            """;

    private final Shared shared;

    DocumentsTest(Shared shared) {
        this.shared = shared;
    }

    /**
     * An indented block.
     *
     * @param isRun whether no comment before it says otherwise
     * @param commands what has to be done before, and its lines
     */
    private record Block(boolean isRun, String commands) {
        static Block of(List<String> before, String text) {
            boolean isRun = true;
            StringBuilder commands = new StringBuilder();
            for (String line : before) {
                Matcher comment = COMMENT.matcher(line);
                if (comment.matches() && comment.group(1).equals("not run")) {
                    isRun = false;
                } else if (comment.matches()) {
                    commands.append(comment.group(2)).append('\n');
                }
            }
            return new Block(isRun, commands + text);
        }
    }

    /** The blocks of a document: lines with four spaces, after an empty line and perhaps comments. */
    private static List<Block> blocks(Path document) throws IOException {
        List<Block> blocks = new ArrayList<>();
        List<String> before = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (String line : Files.readAllLines(document)) {
            if (line.startsWith("    ") || line.isBlank()) {
                text.append(line.strip()).append('\n');
                continue;
            }
            add(blocks, before, text.toString());
            if (!text.isEmpty()) {
                before.clear();
            }
            before.add(line.strip());
            text.setLength(0);
        }
        add(blocks, before, text.toString());
        return blocks;
    }

    private static void add(List<Block> blocks, List<String> before, String text) {
        if (!text.isBlank()) {
            blocks.add(Block.of(before, text));
        }
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(DOCUMENTS)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Path> withCommands() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path document : documents()) {
            if (blocks(document).stream().anyMatch(Block::isRun)) {
                found.add(DOCUMENTS.relativize(document));
            }
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("withCommands")
    void theCommandsWorkAsTheyAreWritten(Path document, @TempDir Path folder) throws Exception {
        Files.createSymbolicLink(folder.resolve("hyperfleet"), TestHome.LAUNCHER);
        StringBuilder script = new StringBuilder(PRELUDE);
        for (Block block : blocks(DOCUMENTS.resolve(document))) {
            script.append(block.isRun() ? block.commands() : "");
        }
        String name = "docs-" + document.getFileName().toString().replace(".md", "");
        shared.api().run(name);
        try {
            run(script.toString().replaceAll("\\bNAME\\b", name), folder);
        } finally {
            shared.api().get("/machines?limit=1000").json().path("machines").forEach(machine -> {
                String made = machine.path("name").asString();
                if (made.startsWith(name) || made.equals("web")) {
                    shared.api().delete("/machines/" + made + "?force=true");
                }
            });
        }
    }

    private void run(String script, Path folder) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        "-eo",
                        "pipefail",
                        "-c",
                        script.replace("http://127.0.0.1:3000", shared.server().url)
                                .replace("http://127.0.0.1:4000", shared.server().proxy))
                .directory(folder.toFile());
        builder.environment().putAll(TestHome.environment(shared.server().state));
        builder.environment().put("HYPERFLEET_URL", shared.server().url);
        builder.environment().put("HYPERFLEET_TOKEN", shared.key());
        Child.succeed(builder, TIMEOUT);
    }

    @Test
    void eachBlockIsIndentedSoThatItIsSeenHere() throws IOException {
        for (Path document : documents()) {
            assertThat(Files.readAllLines(document)).as(document.toString()).noneMatch(line -> line.startsWith("```"));
        }
    }
}
