package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pause and resume, on a VMM that really does both. */
@ExtendWith(SharedServer.class)
class PauseTest {
    private static final int PAUSES = 5;

    /** Prints a megabyte, in pieces, and keeps a copy. */
    private static final String PRINT =
            "i=0; while [ $i -lt 64 ]; do head -c 16384 /dev/urandom | tee -a /tmp/printed; i=$((i+1)); done";

    private final Api api;

    PauseTest(Shared shared) {
        this.api = shared.api();
    }

    @Test
    void aMachineThatIsPausedWhileItPrintsLosesNothingAndTakesNewCommands() throws NoSuchAlgorithmException {
        String id = api.run("printer");
        String path = "/machines/" + id;
        String process = api.start(id, Map.of(), "sh", "-c", PRINT);
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (Terminal terminal = api.attach(path + "/processes/" + process + "/attach")) {
            assertThat(terminal.take().type()).isEqualTo("process");
            for (int i = 0; i < PAUSES; i++) {
                output.writeBytes(terminal.take().bytes());
                Response paused = api.post(path + "/pause");
                assumeFalse(paused.code().equals("UNSUPPORTED"), paused.message());
                assertThat(paused.field("status")).as(paused.message()).isEqualTo("paused");
                assertThat(api.post(path + "/resume").field("status")).isEqualTo("running");
                assertThat(api.exec(id, "echo", "new").field("stdout")).isEqualTo("new\n");
            }
            assertThat(terminal.awaitEnd(output).get("exit_code").asInt()).isZero();
        }
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(output.toByteArray()));
        assertThat(api.exec(id, "sha256sum", "/tmp/printed").field("stdout")).startsWith(hash + " ");
        assertThat(api.post(path + "/stop").field("status")).isEqualTo("stopped");
        assertThat(api.delete(path).status()).isEqualTo(204);
    }
}
