package dev.hyperfleet.core.control;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.MonotonicClock;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * The environment of one server on a {@link FakeHost}.
 *
 * @param fate decides on all its effects
 * @param alive whether the server is alive
 * @param capacity the maximum number of machines
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
    /** The ports to it. */
    public Machines.Ports ports() {
        return new Machines.Ports(
                new FakeStore(host, fate),
                new FakeSnapshotStore(host, fate),
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
