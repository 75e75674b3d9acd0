package dev.hyperfleet.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    @Test
    void referencesMeanWhatTheyMeanToDocker() {
        Map.of(
                        "python",
                        "docker.io/library/python:latest",
                        "python:3.13-slim",
                        "docker.io/library/python:3.13-slim",
                        "team/app:v1",
                        "docker.io/team/app:v1",
                        "docker.io/python",
                        "docker.io/library/python:latest",
                        "ghcr.io/owner/name@" + DIGEST,
                        "ghcr.io/owner/name:latest@" + DIGEST,
                        "localhost/app",
                        "localhost/app:latest",
                        "localhost:5000/a/b/c:x",
                        "localhost:5000/a/b/c:x",
                        "[::1]:5000/a",
                        "[::1]:5000/a:latest")
                .forEach((text, full) -> {
                    ImageReference reference = ImageReference.parse(text);
                    assertThat(reference).hasToString(full);
                    assertThat(ImageReference.parse(full)).isEqualTo(reference);
                });
        assertThat(ImageReference.parse("a:b@" + DIGEST).selector()).isEqualTo(DIGEST);
        assertThat(ImageReference.parse("a:b").selector()).isEqualTo("b");
    }

    @Test
    void whatIsNoReferenceIsRefused() {
        for (String text : List.of(
                "",
                ":tag",
                "Upper/Case",
                "a b",
                "a/../b",
                "a//b",
                "/a",
                "a/",
                "a:",
                "a:t:u",
                "a@sha256:12",
                "a@md5:" + "0".repeat(32),
                "https://example.com/a",
                "example.com:port/a",
                "user@example.com/a",
                "a:" + "t".repeat(129),
                "a/" + "b".repeat(260),
                "example.com/a?x=y",
                "a\u0000",
                "x".repeat(5000))) {
            assertThatExceptionOfType(HyperfleetException.class)
                    .as(text)
                    .isThrownBy(() -> ImageReference.parse(text))
                    .matches(refused -> refused.code() == ErrorCode.VALIDATION_ERROR)
                    .satisfies(refused -> assertThat(refused.getMessage()).hasSizeLessThan(300));
        }
    }
}
