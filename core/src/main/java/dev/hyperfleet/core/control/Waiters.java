package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The waiters for one machine. They have a separate lock that is held only briefly: a wait begins and ends in time
 * whatever is being done with the machine. Safe for concurrent use.
 */
final class Waiters {
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Waiter> waiters = new LinkedHashSet<>(); // in order of arrival; guarded by lock
    private Optional<HyperfleetException> end = Optional.empty(); // guarded by lock

    /**
     * Adds a waiter, which sees the current state at once.
     *
     * @param present reads the current state; called under the lock, so that no change is missed
     */
    void add(Waiter waiter, Supplier<Machine> present) {
        lock.lock();
        try {
            end.ifPresentOrElse(waiter::fail, () -> waiter.see(present.get()));
            if (!waiter.outcome().isDone()) {
                waiters.add(waiter);
            }
        } finally {
            lock.unlock();
        }
    }

    void remove(Waiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /** The machine has reached this state, which is already visible to readers. */
    void see(Machine machine) {
        lock.lock();
        try {
            waiters.forEach(waiter -> waiter.see(machine));
        } finally {
            lock.unlock();
        }
    }

    /** Fails the current waiters. */
    void fail(HyperfleetException reason) {
        lock.lock();
        try {
            waiters.forEach(waiter -> waiter.fail(reason));
        } finally {
            lock.unlock();
        }
    }

    /** Fails the current waiters, and all later ones. */
    void end(HyperfleetException reason) {
        lock.lock();
        try {
            end = Optional.of(reason);
            waiters.forEach(waiter -> waiter.fail(reason));
        } finally {
            lock.unlock();
        }
    }
}
