package dev.hyperfleet.core.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The log of a simulation, line by line, and the first promise that was broken. */
final class Trace {
    private final Scheduler scheduler;
    private final List<String> lines = new ArrayList<>();
    private Optional<String> broken = Optional.empty();

    Trace(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    void note(String line) {
        lines.add((scheduler.nanoTime() / 1_000_000) + " " + line);
    }

    /** Records a broken promise; the simulation ends when it is next idle. */
    void breach(String promise) {
        note("BROKEN: " + promise);
        if (broken.isEmpty()) {
            broken = Optional.of(promise);
        }
    }

    /** Records it if it is broken. */
    void require(boolean kept, String promise, Object about) {
        if (!kept) {
            breach(promise + ": " + about);
        }
    }

    List<String> lines() {
        return lines;
    }

    Optional<String> broken() {
        return broken;
    }
}
