package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Commands in a machine. */
@ExtendWith(SharedServer.class)
class ExecTest {
    private final Api api;
    private final String id;

    ExecTest(Shared shared) {
        this.api = shared.api();
        this.id = shared.runningId();
    }

    @Test
    void aCommandsOutputAndExitCodeComeBackApart() {
        JsonNode result = exec(Map.of(), "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(result.get("exit_code").asInt()).isEqualTo(7);
        assertThat(result.get("stdout").asString()).isEqualTo("out\n");
        assertThat(result.get("stderr").asString()).isEqualTo("err\n");
        assertThat(result.get("timed_out").asBoolean()).isFalse();
        assertThat(result.get("truncated").asBoolean()).isFalse();
    }

    @Test
    void aDeathBySignalIs128PlusItsNumber() {
        for (int signal : new int[] {1, 2, 9, 13, 15}) {
            assertThat(exec(Map.of(), "sh", "-c", "kill -" + signal + " $$")
                            .get("exit_code")
                            .asInt())
                    .isEqualTo(128 + signal);
        }
    }

    @Test
    void aCommandBeginsWithoutSignalsThatItIgnores() {
        assertThat(exec(Map.of(), "grep", "SigIgn", "/proc/self/status")
                        .get("stdout")
                        .asString())
                .endsWith("\t0000000000000000\n");
    }

    @Test
    void environmentDirectoryAndUserAreAsAsked() {
        JsonNode result = exec(
                Map.of("env", Map.of("GREETING", "grüß dich"), "cwd", "/etc", "user", "nobody"),
                "sh",
                "-c",
                "echo $GREETING; pwd; id -un; echo $HOME");
        assertThat(result.get("stdout").asString()).isEqualTo("grüß dich\n/etc\nnobody\n/\n");
    }

    @Test
    void byDefaultItIsRootWithAnOrdinaryEnvironment() {
        JsonNode result = exec(Map.of(), "sh", "-c", "echo $USER $HOME $PATH; pwd; id -u");
        assertThat(result.get("stdout").asString())
                .isEqualTo("root /root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/root\n0\n");
    }

    @Test
    void withoutInputACommandReadsEndOfFileAtOnce() {
        assertThat(exec(Map.of("timeout", 10), "cat").get("timed_out").asBoolean())
                .isFalse();
    }

    @Test
    void inputArrivesByteForByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Map<String, Object> input =
                Map.of("stdin", Base64.getEncoder().encodeToString(bytes), "stdin_encoding", "base64");
        JsonNode result = exec(input, "cat");
        assertThat(result.get("stdout_encoding").asString()).isEqualTo("base64");
        assertThat(Base64.getDecoder().decode(result.get("stdout").asString())).isEqualTo(bytes);
        assertThat(exec(Map.of("stdin", "zwölf"), "wc", "-c")
                        .get("stdout")
                        .asString()
                        .strip())
                .isEqualTo("6");
    }

    @Test
    void aTimeoutKillsTheWholeProcessGroup() {
        JsonNode result = exec(Map.of("timeout", 1), "sh", "-c", "echo before; sleep 1234 & sleep 1234; echo after");
        assertThat(result.get("timed_out").asBoolean()).isTrue();
        assertThat(result.get("exit_code").asInt()).isEqualTo(137);
        assertThat(result.get("stdout").asString()).isEqualTo("before\n");
        assertThat(exec(Map.of(), "sh", "-c", "ps | grep -c '[s]leep 1234'")
                        .get("stdout")
                        .asString())
                .isEqualTo("0\n");
    }

    @Test
    void aCommandDoesNotWaitForWhatItLeavesInTheBackground() {
        JsonNode result = exec(Map.of("timeout", 30), "sh", "-c", "sleep 5 & echo done");
        assertThat(result.get("timed_out").asBoolean()).isFalse();
        assertThat(result.get("stdout").asString()).isEqualTo("done\n");
        assertThat(result.get("duration_ms").asLong()).isLessThan(4000);
    }

    @Test
    void outputIsBoundedAndSaysSo() {
        JsonNode result =
                exec(Map.of("timeout", 60), "sh", "-c", "yes ä | head -c 3000000; head -c 1048576 /dev/zero >&2");
        assertThat(result.get("truncated").asBoolean()).isTrue();
        assertThat(result.get("exit_code").asInt()).isZero();
        assertThat(result.get("stdout_encoding").asString()).isEqualTo("utf-8");
        assertThat(result.get("stdout").asString().getBytes(StandardCharsets.UTF_8))
                .hasSizeBetween(1048573, 1048576);
        assertThat(result.get("stderr_encoding").asString())
                .isEqualTo("base64"); // as text it would be six times as long
        assertThat(Base64.getDecoder().decode(result.get("stderr").asString())).hasSize(1048576);
    }

    @Test
    void whatCannotBeStartedIsTheRequestsFaultAndNoExitCode() {
        assertBadRequest(Map.of(), "program 'no-such-program' was not found in the machine", "no-such-program");
        assertBadRequest(Map.of(), "program '/etc/passwd' cannot be executed", "/etc/passwd");
        assertBadRequest(Map.of("user", "nobody-such"), "user 'nobody-such' does not exist in the machine", "true");
        assertBadRequest(Map.of("cwd", "/no/such"), "cwd '/no/such' is not a directory in the machine", "true");
    }

    private void assertBadRequest(Map<String, ?> options, String message, String... command) {
        Response answer = post(options, command);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("BAD_REQUEST");
        assertThat(answer.message()).isEqualTo(message);
    }

    @Test
    void anOrphanIsReaped() {
        exec(Map.of(), "sh", "-c", "(sleep 0.2 &) ; (sleep 0.2 &)");
        exec(Map.of(), "sleep", "1");
        assertThat(exec(Map.of(), "sh", "-c", "ps -o stat | grep -c '^Z'")
                        .get("stdout")
                        .asString())
                .isEqualTo("0\n");
    }

    private JsonNode exec(Map<String, ?> options, String... command) {
        Response answer = post(options, command);
        assertThat(answer.status()).as(answer::message).isEqualTo(200);
        return answer.json();
    }

    private Response post(Map<String, ?> options, String... command) {
        Map<String, Object> body = new HashMap<>(options);
        body.put("command", List.of(command));
        return api.post("/machines/" + id + "/exec", body);
    }
}
