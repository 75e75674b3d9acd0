package dev.hyperfleet.bench;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The programs and parameters of the measurements.
 *
 * @param project the checkout
 * @param home the folder of images and programs
 * @param scratch the empty disk image that machines' disks are copied from
 * @param quick few rounds, to check that a benchmark works; its figures mean little
 * @param rounds the user's number of rounds instead of the benchmark's own
 */
record Settings(Path project, Path home, Path scratch, boolean quick, Optional<Integer> rounds) {
    private static final int MAX_ROUNDS = 1000;

    static Settings from(Map<String, String> environment) {
        return new Settings(
                required(environment, "BENCH_PROJECT"),
                required(environment, "BENCH_HOME"),
                required(environment, "BENCH_SCRATCH"),
                "1".equals(environment.get("BENCH_QUICK")),
                Optional.ofNullable(environment.get("BENCH_ROUNDS")).map(Settings::rounds));
    }

    private static Path required(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .map(Path::of)
                .orElseThrow(() -> new IllegalArgumentException(name + " is not set: start this by ./dev bench"));
    }

    private static int rounds(String text) {
        int rounds = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (rounds < 1 || rounds > MAX_ROUNDS) {
            throw new IllegalArgumentException(
                    "BENCH_ROUNDS is '%s'; it must be a whole number from 1 to %d".formatted(text, MAX_ROUNDS));
        }
        return rounds;
    }

    /** The number of rounds, if the user has not set one. */
    int rounds(int usually, int quickly) {
        return rounds.orElse(quick ? quickly : usually);
    }
}
