package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Lets guests come up a few at a time: hundreds at once would need the same time together, and then all would be late.
 * Of those that wait, the next is the first of the owner with the fewest that come up now. A guest that does not come up
 * soon no longer counts, so that one owner's silent guests do not hold up another's. Safe for concurrent use; calls
 * block.
 */
final class StartQueue {
    private final int capacity;
    private final Duration patience;
    private final MonotonicClock time;
    private final Set<Turn> current = new LinkedHashSet<>(); // oldest first; guarded by this
    private final List<Turn> waiting = new ArrayList<>(); // guarded by this

    /**
     * @param capacity how many guests may come up at the same time
     * @param patience how long a start counts
     */
    StartQueue(int capacity, Duration patience, MonotonicClock time) {
        this.patience = patience;
        this.capacity = capacity;
        this.time = time;
    }

    private static final class Turn {
        final String owner;
        final CompletableFuture<Boolean> comes = new CompletableFuture<>();
        long begin;

        Turn(String owner) {
            this.owner = owner;
        }
    }

    /** Starts a guest when it is its turn. */
    <T> T inTurn(String owner, Supplier<T> start) {
        Turn turn = new Turn(owner);
        enter(turn);
        try {
            await(turn);
            return start.get();
        } finally {
            leave(turn);
        }
    }

    private synchronized void enter(Turn turn) {
        waiting.add(turn);
        advance();
    }

    private synchronized void leave(Turn turn) {
        current.remove(turn);
        waiting.remove(turn);
        advance();
    }

    private void advance() {
        while (current.size() < capacity && !waiting.isEmpty()) {
            Turn next = Collections.min(waiting, Comparator.comparingLong(this::ofSameOwner));
            waiting.remove(next);
            next.begin = time.nanoTime();
            current.add(next);
            next.comes.complete(true);
        }
    }

    private long ofSameOwner(Turn turn) {
        return current.stream().filter(other -> other.owner.equals(turn.owner)).count();
    }

    private void await(Turn turn) {
        try {
            while (!time.comes(turn.comes, untilOldestIsLate())) {
                removeLate();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Machines.stopping();
        }
    }

    private synchronized Duration untilOldestIsLate() {
        return current.stream()
                .findFirst()
                .map(oldest -> patience.minusNanos(time.nanoTime() - oldest.begin))
                .orElse(patience);
    }

    private synchronized void removeLate() {
        current.removeIf(turn -> time.nanoTime() - turn.begin >= patience.toNanos());
        advance();
    }
}
