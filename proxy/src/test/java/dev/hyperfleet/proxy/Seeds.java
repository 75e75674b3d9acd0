package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The seeds of a fuzz target. */
final class Seeds {
    private Seeds() {}

    /** The target's seeds, complete and truncated at every position. */
    static List<byte[]> cutAnywhere(Class<?> target) throws IOException {
        List<byte[]> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/fuzz", target.getSimpleName()))) {
            for (Path file : files.toList()) {
                byte[] seed = Files.readAllBytes(file);
                for (int length = 0; length <= seed.length; length++) {
                    all.add(Arrays.copyOf(seed, length));
                }
            }
        }
        assertThat(all).isNotEmpty();
        return all;
    }
}
