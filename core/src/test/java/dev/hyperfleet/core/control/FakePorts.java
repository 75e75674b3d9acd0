package dev.hyperfleet.core.control;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.MonotonicClock;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * What surrounds one life of a server on a {@link FakeHost}.
 *
 * @param fate meets all its effects
 * @param alive whether it is
 * @param capacity how many machines the host has room for
 */
public record FakePorts(
        FakeHost host,
        Fate fate,
        BooleanSupplier alive,
        MachineListener listener,
        Quotas quotas,
        int capacity,
        Clock clock,
        MonotonicClock time,
        RandomGenerator random,
        Executor executor,
        Alarm alarm) {
    /** The ports that lead there. */
    public Machines.Ports ports() {
        return new Machines.Ports(
                new FakeStore(host, fate),
                new FakeHostPort(host, fate, alive, capacity),
                id -> new FakeGuest(id, host, fate, time),
                listener,
                quotas,
                clock,
                time,
                random,
                executor,
                alarm);
    }
}
