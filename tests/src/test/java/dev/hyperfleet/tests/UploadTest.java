package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that send slowly after they have been refused. */
@ExtendWith(SharedServer.class)
class UploadTest {
    /** Twice the time of UnreadBody, for a busy host; less than the idle timeout. */
    private static final long SOON_SECONDS = 40 * TestHome.SLOWNESS;

    private final Shared shared;

    UploadTest(Shared shared) {
        this.shared = shared;
    }

    @Test
    void aSlowUploadToAMachineThatIsDeletedIsAnsweredBeforeItsEnd() throws InterruptedException {
        Api api = shared.api();
        String id = api.run("uploaded-to");
        AtomicBoolean answered = new AtomicBoolean();
        try (RawConnection connection =
                RawConnection.open(URI.create(shared.server().url).getPort())) {
            connection.send(
                    "PUT /machines/%s/files?path=/tmp/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                            .formatted(id, shared.key()));
            connection.send("1\r\nx\r\n");
            Thread sender = Thread.ofPlatform().start(() -> trickle(connection, answered));
            assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
            assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
            long gone = System.nanoTime();
            RawConnection.Head head = connection.head();
            assertThat(secondsSince(gone)).isLessThan(SOON_SECONDS);
            answered.set(true);
            assertThat(head.code()).isIn(502, 400); // 400: the stop came before the upload
            connection.rest();
            assertThat(secondsSince(gone)).isLessThan(SOON_SECONDS);
            sender.join();
        }
    }

    /** A byte per second. */
    private static void trickle(RawConnection to, AtomicBoolean until) {
        for (int i = 0; i < 120 && !until.get(); i++) {
            try {
                to.send("1\r\nx\r\n");
                Thread.sleep(1000); // slowness is tested
            } catch (UncheckedIOException refused) {
                return;
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        }
    }

    @Test
    void aRefusedClientThatFallsSilentIsCutOff() {
        try (RawConnection connection =
                RawConnection.open(URI.create(shared.server().url).getPort())) {
            long began = System.nanoTime();
            connection.send("POST /machines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n{");
            assertThat(connection.head().code()).isEqualTo(401);
            connection.rest();
            assertThat(secondsSince(began)).isLessThan(SOON_SECONDS);
        }
    }

    private static long secondsSince(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }
}
