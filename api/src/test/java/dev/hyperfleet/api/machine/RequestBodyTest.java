package dev.hyperfleet.api.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
    @Test
    void whateverABodySaysAndWhereverItEndsItIsTakenOrRefusedInWordsThatCanBeShown() throws IOException {
        try (Stream<Path> seeds = Files.list(Path.of("src/test/fuzz/BodyFuzz"))) {
            List<Path> all = seeds.toList();
            assertThat(all).isNotEmpty();
            for (Path seed : all) {
                byte[] body = Files.readAllBytes(seed);
                assertThat(IntStream.rangeClosed(0, body.length).boxed())
                        .allSatisfy(
                                length -> assertThatCode(() -> BodyFuzz.fuzzerTestOneInput(Arrays.copyOf(body, length)))
                                        .doesNotThrowAnyException());
            }
        }
    }
}
