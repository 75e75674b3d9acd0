package dev.hyperfleet.bench;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What to measure with, and how often.
 *
 * @param project the checkout
 * @param home where images and programs are
 * @param scratch the empty disk that machines' own begin as
 * @param quick few rounds, to try whether a benchmark works; its figures say little
 * @param rounds how many rounds the user wants instead of the benchmark's own number
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

    /** How many rounds to make, where nobody has asked for another number. */
    int rounds(int usually, int quickly) {
        return rounds.orElse(quick ? quickly : usually);
    }
}
