package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Processes with input, output, terminals and signals. */
@ExtendWith(SharedServer.class)
class ProcessTest {
    private static final Map<String, Object> OPEN = Map.of("stdin", "open");

    private final Shared shared;
    private final Api api;
    private final String id;
    private final String all;

    ProcessTest(Shared shared) {
        this.shared = shared;
        this.api = shared.api();
        this.id = shared.runningId();
        this.all = "/machines/" + id + "/processes";
    }

    private String one(String process) {
        return all + "/" + process;
    }

    /** Attaches, reads everything to the end, and returns the output. */
    private String outputOf(String process) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            terminal.awaitEnd(output);
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aProcessGoesOnByItselfAndItsEndIsToldLater() {
        Response started =
                api.post(all, Map.of("command", List.of("sh", "-c", "sleep 1; echo out; exit 3"), "tag", "t1"));
        assertThat(started.status()).isEqualTo(201);
        JsonNode process = started.json();
        String name = process.get("id").asString();
        assertThat(started.header("location")).contains(one(name));
        assertThat(process.get("status").asString()).isEqualTo("running");
        assertThat(process.get("exit_code").isNull()).isTrue();
        assertThat(outputOf(name)).isEqualTo("out\n");
        JsonNode ended = api.get(one(name)).json();
        assertThat(ended.get("status").asString()).isEqualTo("exited");
        assertThat(ended.get("exit_code").asInt()).isEqualTo(3);
        assertThat(ended.get("duration_ms").asLong()).isBetween(900L, 20_000L);
        assertThat(ended.get("output").get("next").asInt()).isEqualTo(4);
        JsonNode listed = api.get(all + "?tag=t1&status=exited").json().get("processes");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).get("id").asString()).isEqualTo(name);
        assertThat(api.get(all + "?tag=t1&status=running").json().get("processes"))
                .isEmpty();
    }

    @Test
    void inputThatIsOpenGoesToTheProcessByteForByteAndEnds() {
        byte[] bytes = new byte[10 << 20];
        new Random(1).nextBytes(bytes);
        String process = api.start(id, OPEN, "cat");
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            Thread.ofVirtual().start(() -> {
                for (int at = 0; at < bytes.length; at += 1 << 16) {
                    terminal.write(Arrays.copyOfRange(bytes, at, at + (1 << 16)));
                }
                terminal.say(Map.of("type", "eof"));
            });
            assertThat(terminal.awaitEnd(output).get("exit_code").asInt()).isZero();
        }
        assertThat(output.toByteArray()).isEqualTo(bytes);
    }

    @Test
    void inputMayBeKnownFromTheStartOrNone() {
        assertThat(outputOf(api.start(id, Map.of("stdin", "data", "stdin_data", "zwölf"), "wc", "-c"))
                        .strip())
                .isEqualTo("6");
        assertThat(outputOf(api.start(id, Map.of(), "cat"))).isEmpty();
    }

    @Test
    void whoWritesToAProcessWithoutOpenInputIsToldSo() {
        String process = api.start(id, Map.of(), "sleep", "20");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            assertThat(terminal.take().type()).isEqualTo("process");
            terminal.write("text");
            Terminal.Message refused = terminal.take();
            assertThat(refused.json().orElseThrow().get("code").asString()).isEqualTo("BAD_REQUEST");
            assertThat(refused.json().orElseThrow().get("message").asString()).contains("stdin: open");
        }
        assertThat(api.delete(one(process)).status()).isEqualTo(204);
    }

    @Test
    void anEditorInATerminalAnswersKeysAndItsWindowsSize() {
        String process = api.start(
                id,
                Map.of("stdin", "open", "tty", Map.of("rows", 24, "cols", 80)),
                "sh",
                "-c",
                "seq 1 200 > /tmp/lines; exec vi /tmp/lines");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            terminal.await("1/200");
            terminal.write("G"); // to the end
            terminal.await("200/200");
            terminal.write("ddZZ"); // delete it, save, and quit
            assertThat(terminal.awaitEnd().get("exit_code").asInt()).isZero();
        }
        assertThat(api.exec(id, "tail", "-n", "1", "/tmp/lines").field("stdout"))
                .isEqualTo("199\n");
    }

    @Test
    void aTerminalHasTheSizeThatItIsGivenAndTellsItsProcessOfAChange() {
        String process = api.start(
                id,
                Map.of("stdin", "open", "tty", Map.of("rows", 30, "cols", 100)),
                "sh",
                "-c",
                "stty size; trap 'stty size' WINCH; echo ready; while :; do read line && echo got $line; done");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            assertThat(terminal.await("ready")).contains("30 100");
            terminal.say(Map.of("type", "resize", "rows", 40, "cols", 132));
            terminal.write("a line\r");
            terminal.await("40 132");
            assertThat(api.post(one(process) + "/resize", Map.of("rows", 50, "cols", 20))
                            .json()
                            .get("tty")
                            .get("rows")
                            .asInt())
                    .isEqualTo(50);
            terminal.write("\u0003"); // Ctrl-C
            assertThat(terminal.awaitEnd().get("signal").asString()).isEqualTo("SIGINT");
        }
    }

    @Test
    void signalsReachTheGroupByNameAndByNumber() {
        String process =
                api.start(id, Map.of(), "sh", "-c", "trap 'echo usr1' USR1; echo ready; sleep 300 & wait; wait");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            terminal.await("ready");
            terminal.say(Map.of("type", "signal", "signal", "CONT"));
            assertThat(api.post(one(process) + "/signal", Map.of("signal", "SIGTERM"))
                            .status())
                    .isEqualTo(200);
            JsonNode ended = terminal.awaitEnd();
            assertThat(ended.get("signal").asString()).isEqualTo("SIGTERM");
            assertThat(ended.get("exit_code").asInt()).isEqualTo(143);
        }
        assertThat(api.post(one(process) + "/signal", Map.of("signal", 9)).status())
                .isEqualTo(200);
    }

    @Test
    void aTimeoutKillsAlsoWhatIgnoresSignalsAndHasLeftTheGroup() {
        String process = api.start(
                id,
                Map.of("timeout", 1),
                "sh",
                "-c",
                "trap '' TERM HUP INT; setsid sh -c \"trap '' TERM; sleep 4321\" & sleep 4321");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            JsonNode ended = terminal.awaitEnd();
            assertThat(ended.get("timed_out").asBoolean()).isTrue();
            assertThat(ended.get("signal").asString()).isEqualTo("SIGKILL");
        }
        assertThat(api.exec(id, "sh", "-c", "ps | grep -c '[s]leep 4321'").field("stdout"))
                .isEqualTo("0\n");
    }

    @Test
    void aKillTakesTheWholeTreeAlong() {
        String process = api.start(id, Map.of(), "sh", "-c", "setsid sleep 5432 & sleep 5432 & echo up; wait");
        try (Terminal terminal = api.attach(one(process) + "/attach")) {
            terminal.await("up");
            assertThat(api.delete(one(process)).status()).isEqualTo(204);
            assertThat(terminal.awaitEnd().get("exit_code").asInt()).isEqualTo(137);
        }
        assertThat(api.exec(id, "sh", "-c", "ps | grep -c '[s]leep 5432'").field("stdout"))
                .isEqualTo("0\n");
    }

    @Test
    void whatAProcessUsesIsCountedWithItsChildren() {
        String process = api.start(
                id,
                Map.of(),
                "sh",
                "-c",
                "(i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done); head -c 3000000 /dev/zero | tail -c 3000000 > /dev/null");
        outputOf(process);
        JsonNode used = api.get(one(process)).json();
        assertThat(used.get("cpu_ms").asLong()).isPositive();
        assertThat(used.get("memory_peak_bytes").asLong()).isGreaterThan(2_000_000);
    }

    @Test
    void aHundredProcessesRunAtOnceAndEachHasItsOwnOutput() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> outputs = new ArrayList<>();
            for (int number = 0; number < 100; number++) {
                String script = "sleep 1; echo number " + number;
                boolean exec = number % 2 == 0;
                outputs.add(threads.submit(() -> exec
                        ? api.exec(id, "sh", "-c", script).field("stdout")
                        : outputOf(api.start(id, Map.of(), "sh", "-c", script))));
            }
            for (int number = 0; number < 100; number++) {
                assertThat(outputs.get(number).get()).isEqualTo("number " + number + "\n");
            }
        }
    }

    @Test
    void whatCannotBeDoneIsRefusedAndSaysWhy() {
        assertRefused(api.post(all, Map.of("command", List.of("no-such-program"))), 400, "was not found");
        assertRefused(
                api.post(all, Map.of("command", List.of("true"), "stdin", "some", "tty", Map.of("rows", 0), "tag", "")),
                400,
                "tag must not be empty; stdin must be 'none', 'data' or 'open'; tty.rows must be at least 1; "
                        + "tty.cols is required");
        assertRefused(api.get(one("unknown00000")), 404, "is not known in the machine");
        assertRefused(api.delete(one("unknown00000")), 404, "is not known");
        String process = api.start(id, Map.of(), "true");
        outputOf(process);
        assertRefused(api.post(one(process) + "/signal", Map.of("signal", "NONE")), 400, "signal must be a name");
        assertRefused(api.post(one("unknown00000") + "/signal", Map.of("signal", 1)), 404, "is not known");
        assertRefused(api.post(one(process) + "/resize", Map.of("rows", 1, "cols", 1)), 400, "no terminal");
        assertRefused(api.post(one("unknown00000") + "/resize", Map.of("rows", 1, "cols", 1)), 404, "is not known");
        assertRefused(api.get(one("unknown00000") + "/output"), 404, "is not known");
        assertRefused(api.get(one(process) + "/output?offset=5"), 400, "offset must be at most 0");
        assertRefused(api.get(one(process) + "/output?offset=-1"), 400, "offset must be a number");
        assertRefused(api.get(one(process) + "/attach"), 426, "only for WebSockets");
        assertRefused(api.get(one(process) + "/attach?hold=maybe"), 400, "hold must be true or false");
        assertThat(api.get(one(process) + "/output").status()).isEqualTo(200);
        String large = "x".repeat(1 << 20);
        assertRefused(api.post(all, Map.of("command", List.of(large))), 413, "at most");
        assertThat(shared.server().log().stream().filter(line -> line.contains("internal error")))
                .isEmpty();
    }

    private static void assertRefused(Response answer, int status, String message) {
        assertThat(answer.status()).as(answer.message()).isEqualTo(status);
        assertThat(answer.message()).contains(message);
    }
}
