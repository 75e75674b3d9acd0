package dev.hyperfleet.host.vmm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.host.firecracker.FirecrackerApi;
import dev.hyperfleet.host.qemu.QemuMonitor;
import dev.hyperfleet.host.vmm.FakePeer.Speech;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A compromised VMM may send anything on its own socket. HYPERFLEET_TEST_FUZZ_ROUNDS and HYPERFLEET_TEST_FUZZ_SEED set
 * the number of rounds and the seed.
 */
class HostileVmmTest {
    private static final boolean IS_LONG = System.getenv("HYPERFLEET_TEST_FUZZ_ROUNDS") != null;
    private static final int ROUNDS = Integer.parseInt(setting("HYPERFLEET_TEST_FUZZ_ROUNDS", "200"));
    private static final long SEED = Long.parseLong(setting("HYPERFLEET_TEST_FUZZ_SEED", "1"));

    /** Deadlines are 10 and 30 s; errors other than silence are detected at once. */
    private static final Duration AT_ONCE = Duration.ofSeconds(5);

    private static final Duration THE_DEADLINE = Duration.ofSeconds(40);

    private static final long MAX_TAKEN = 4 << 20;

    private final Path folder;
    private int sockets;

    HostileVmmTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private static String setting(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }

    /** The client under test, and a correct response for it. */
    enum Client {
        QEMU("{\"QMP\": {\"version\": {}}}\r\n{\"return\": {}}\r\n{\"event\": \"STOP\"}\r\n{\"return\": {}}\r\n") {
            @Override
            void ask(Path socket) {
                var _ = QemuMonitor.execute(socket, "stop", Map.of(), Vmm.PATIENCE);
            }
        },
        FIRECRACKER(
                "HTTP/1.1 200 \r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"state\":\"Running\"}") {
            @Override
            void ask(Path socket) {
                try (FirecrackerApi api = new FirecrackerApi(socket)) {
                    var _ = api.state();
                    api.patch("pause", "vm", Map.of("state", "Paused"));
                }
            }
        };

        private final String right;

        Client(String right) {
            this.right = right;
        }

        abstract void ask(Path socket);
    }

    /** Returns the number of bytes read from the peer. */
    private long ask(Client client, Speech speech, Duration limit, String what) throws IOException {
        Path socket = folder.resolve("s" + sockets++);
        try (FakePeer peer = new FakePeer(socket, speech)) {
            long began = System.nanoTime();
            try {
                client.ask(socket);
            } catch (HyperfleetException failure) {
                assertThat(failure.code()).as(what).isEqualTo(ErrorCode.MACHINE_FAILED);
                assertThat(failure.getMessage()).as(what).hasSizeLessThan(1000).doesNotContain("\u001b", "\u0000");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).as(what).isLessThan(limit);
            return peer.sent();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatIsCutOffAnywhereIsAnError(Client client) throws IOException {
        for (int length = 0; length < client.right.length(); length++) {
            byte[] part = client.right.substring(0, length).getBytes(ISO_8859_1);
            ask(client, FakePeer.hangingUpAfter(part), AT_ONCE, "cut off at " + length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatIsDamagedIsAnErrorOrAnAnswer(Client client) throws IOException {
        for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
            Random random = new Random(seed);
            byte[] damaged = damage(client.right.getBytes(ISO_8859_1), random);
            ask(client, FakePeer.hangingUpAfter(damaged), AT_ONCE, "seed " + seed);
        }
    }

    private static byte[] damage(byte[] right, Random random) {
        byte[] damaged = right.clone();
        if (random.nextInt(4) == 0) {
            damaged = new byte[random.nextInt(100_000)];
            random.nextBytes(damaged);
        }
        for (int count = random.nextInt(8); count >= 0 && damaged.length > 0; count--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    @ParameterizedTest
    @EnumSource
    void whatNeverEndsIsCutOffAndNotKept(Client client) throws IOException {
        List<Speech> floods = client == Client.QEMU
                ? List.of(
                        FakePeer.endlessly("", "x"),
                        FakePeer.endlessly("{}\n", "{\"event\": \"STOP\"}\n"),
                        FakePeer.endlessly("{}\n", "["),
                        FakePeer.endlessly("{}\n", "\n"))
                : List.of(
                        FakePeer.endlessly("", "x"),
                        FakePeer.endlessly("HTTP/1.1 200 ", "x"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\nX: ", "x"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\n", "X: y\r\n"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n[\r\n"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
                        FakePeer.endlessly("HTTP/1.1 400 OK\r\nConnection: close\r\n\r\n", "[\u001b"),
                        FakePeer.endlessly("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "["));
        for (int index = 0; index < floods.size(); index++) {
            String what = "flood " + index;
            assertThat(ask(client, floods.get(index), AT_ONCE, what)).as(what).isLessThan(MAX_TAKEN);
        }
    }

    @Test
    void extremesAreErrors() throws IOException {
        for (String head : List.of(
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Type: text/\u0000; charset=none\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nContent-Type: a/b; charset=none\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 99999999999 OK\r\n\r\n",
                "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
                "HTTP/1.1 400 No\r\nContent-Length: 8\r\n\r\n{\"a\":[[]")) {
            ask(Client.FIRECRACKER, FakePeer.hangingUpAfter(head.getBytes(ISO_8859_1)), AT_ONCE, head);
        }
        for (String line :
                List.of("{\"error\": {\"desc\": {\"a\": 1}}}", "{\"error\": 7}", "[]", "7", "null", "", "\"return\"")) {
            String text = "{}\n{\"return\": {}}\n" + line + "\n";
            ask(Client.QEMU, FakePeer.hangingUpAfter(text.getBytes(ISO_8859_1)), AT_ONCE, line);
        }
    }

    @Test
    void whoOnlyEverSaysToContinueIsNotListenedToForLongerThanTheDeadline() throws IOException {
        assumeTrue(IS_LONG, "it takes the whole deadline: ./dev fuzz --long");
        Speech patience = FakePeer.endlessly("", "HTTP/1.1 100 Continue\r\n\r\n");
        ask(Client.FIRECRACKER, patience, THE_DEADLINE, "interim answers");
    }

    @ParameterizedTest
    @EnumSource
    void whoFallsSilentIsNotWaitedForLongerThanTheDeadline(Client client) throws IOException {
        assumeTrue(IS_LONG, "it takes the whole deadline: ./dev fuzz --long");
        String half = client.right.substring(0, client.right.length() / 2);
        ask(client, FakePeer.saying(half.getBytes(ISO_8859_1)), THE_DEADLINE, "silence");
    }
}
