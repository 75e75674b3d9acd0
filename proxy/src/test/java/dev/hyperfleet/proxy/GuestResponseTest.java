package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuestResponseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static String content(GuestResponse response) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        @Nullable ByteBuffer piece = response.readContent(PATIENCE);
        while (piece != null) {
            while (piece.hasRemaining()) {
                all.write(piece.get());
            }
            piece = response.readContent(PATIENCE);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100_000})
    void responsesAreReadOneAfterTheOtherHoweverTheyArrive(int piece) throws IOException {
        GuestResponse response = FakeConnection.saying(
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
                        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n"
                        + "HTTP/1.1 204 No Content\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\n\r\nuntil the end",
                piece);
        assertThat(response.readHead(false, PATIENCE).isInterim()).isTrue();
        assertThat(response.readHead(false, PATIENCE).status()).isEqualTo(200);
        assertThat(content(response)).isEqualTo("hello");
        assertThat(response.readHead(false, PATIENCE).headers().get("Transfer-Encoding"))
                .isEqualTo("chunked");
        assertThat(content(response)).isEqualTo("abcde");
        assertThat(response.trailers().get("X-Sum")).isEqualTo("7");
        assertThat(response.readHead(false, PATIENCE).status()).isEqualTo(204);
        assertThat(content(response)).isEmpty();
        assertThat(response.readHead(true, PATIENCE).headers().get("Content-Length"))
                .isEqualTo("9");
        assertThat(content(response)).as("the answer to a HEAD").isEmpty();
        assertThat(response.readHead(false, PATIENCE).status()).isEqualTo(200);
        assertThat(content(response)).isEqualTo("until the end");
        assertThat(response.leavesConnectionOpen()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n",
                "",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                "HTTP/1.1 200 OK\r\nbroken\u0000: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            })
    void whatIsNoWholeResponseIsAnError(String said) {
        GuestResponse response = FakeConnection.saying(said, 100_000);
        assertThatThrownBy(() -> {
                    var _ = response.readHead(false, PATIENCE);
                    content(response);
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    void whatAGuestSaysIsReadTheSameHoweverItArrivesAndWhereverItEnds() throws IOException {
        assertThat(Seeds.cutAnywhere(GuestResponseFuzz.class))
                .allSatisfy(said -> assertThatCode(() -> GuestResponseFuzz.fuzzerTestOneInput(said))
                        .doesNotThrowAnyException());
    }

    @Test
    void aHeadThatGoesOnForEverIsAnError() {
        GuestResponse response = FakeConnection.saying("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(100_000), 100_000);
        assertThatThrownBy(() -> response.readHead(false, PATIENCE)).isInstanceOf(IOException.class);
    }
}
