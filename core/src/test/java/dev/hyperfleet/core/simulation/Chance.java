package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.control.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.machine.Command;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.simulation.Step.Action;
import dev.hyperfleet.core.simulation.Step.Death;
import dev.hyperfleet.core.simulation.Step.Habit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Generates steps from a seed: mostly clients' requests, and now and then failures. */
final class Chance {
    private static final int NAMES = 5;
    private static final int FEWEST = 10;
    private static final int MOST = 60;
    private static final int POINTS = 40;
    private static final Duration TEN_YEARS = Duration.ofDays(3650);

    private final RandomGenerator random;

    private Chance(RandomGenerator random) {
        this.random = random;
    }

    static List<Step> steps(long seed) {
        Chance chance = new Chance(new SplittableRandom(seed));
        int count = chance.random.nextInt(FEWEST, MOST);
        List<Step> steps = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            steps.add(new Step(chance.pause(), chance.oneOf(4) ? chance.trouble() : chance.request()));
        }
        return steps;
    }

    /** Mostly short, so that steps overlap. */
    private Duration pause() {
        return switch (random.nextInt(6)) {
            case 0 -> millis(20_000);
            case 1, 2 -> millis(3_000);
            default -> millis(300);
        };
    }

    private Action request() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> new Step.Create(name(), any(Habit.values()));
            case 3, 4, 5 -> new Step.Order(Command.START, name());
            case 6, 7 -> new Step.Order(any(Command.values()), name());
            case 8 -> new Step.Order(Command.STOP, name());
            case 9 -> oneOf(2) ? new Step.Configure(name(), any(Habit.values())) : new Step.ListAll();
            case 10 -> new Step.Await(name(), any(MachineStatus.values()));
            default -> new Step.Visit(name());
        };
    }

    private Action trouble() {
        return switch (random.nextInt(14)) {
            case 0, 1, 2 -> new Step.Crash(random.nextInt(POINTS), millis(5_000));
            case 3 -> new Step.Close(millis(5_000));
            case 4 -> new Step.FillDisk(random.nextInt(1, 4));
            case 5 -> new Step.TearWrite();
            case 6 -> new Step.FailEffect();
            case 7 -> new Step.LoseAnswer();
            case 8 -> new Step.Delay(millis(15_000));
            case 9, 10 -> new Step.EndGuest(name(), any(Death.values()));
            case 11 -> new Step.Guests(oneOf(2) ? GuestBehaviour.GOOD : any(GuestBehaviour.values()));
            case 12 -> new Step.JumpClock(oneOf(4) ? TEN_YEARS : Duration.ofHours(oneOf(2) ? 1 : -1));
            default -> new Step.ReusePid(name());
        };
    }

    private boolean oneOf(int many) {
        return random.nextInt(many) == 0;
    }

    private String name() {
        return "m" + random.nextInt(NAMES);
    }

    private Duration millis(int below) {
        return Duration.ofMillis(random.nextInt(below));
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
