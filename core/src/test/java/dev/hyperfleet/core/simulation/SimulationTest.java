package dev.hyperfleet.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whole lives of servers and machines, with everything that can fail, each from one seed. {@code -Dsimulation.seeds=N}
 * sets the number of seeds, {@code -Dsimulation.first=S} the first one instead of 0.
 */
class SimulationTest {
    private static final long FIRST = Long.getLong("simulation.first", 0);
    private static final long SEEDS = Long.getLong("simulation.seeds", 1_000);

    /**
     * Simulations that run at the same time would wait for each other's loading of classes, and a thread that has waited
     * for that continues outside of the simulated order.
     */
    @BeforeAll
    static void loadClasses() {
        LongStream.range(0, 50).forEach(seed -> Simulation.run(seed, Chance.steps(seed)));
    }

    @Test
    void noSeedBreaksAPromise() {
        Optional<Long> failing = LongStream.range(FIRST, FIRST + SEEDS)
                .parallel()
                .filter(SimulationTest::fails)
                .boxed()
                .findFirst();
        assertThat(failing.map(SimulationTest::describe)).isEmpty();
    }

    private static boolean fails(long seed) {
        return Simulation.run(seed, Chance.steps(seed)).broken().isPresent();
    }

    /** The shortest list of steps that still fails, and its trace. */
    private static String describe(long seed) {
        List<Step> steps = Shrinking.shrink(
                Chance.steps(seed),
                fewer -> Simulation.run(seed, fewer).broken().isPresent());
        Simulation.Outcome outcome = Simulation.run(seed, steps);
        return "seed %d: %s%nsteps:%n%s%ntrace:%n%s%n"
                .formatted(
                        seed,
                        outcome.broken().orElseThrow(),
                        steps.stream().map(Step::toString).collect(Collectors.joining("\n")),
                        String.join("\n", outcome.trace()));
    }

    @Test
    void aSeedGivesTheSameTraceEachTime() {
        for (long seed = 0; seed < 50; seed++) {
            List<String> trace = Simulation.run(seed, Chance.steps(seed)).trace();
            assertThat(trace).hasSizeGreaterThan(10);
            assertThat(Simulation.run(seed, Chance.steps(seed)).trace()).isEqualTo(trace);
        }
    }
}
