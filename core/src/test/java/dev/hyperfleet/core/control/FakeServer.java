package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.activity.Automations;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;

/**
 * One server on a {@link FakeHost}. It can crash at its n-th step: there is a step before and after every effect on the
 * host and every write. Once crashed it does nothing any more.
 */
public final class FakeServer implements Fate {
    static final int CAPACITY = 40;
    /** Two boot snapshots of a {@link FakeHost}. */
    static final long MAX_BOOT_BYTES = 7;

    static final Timeouts TIMEOUTS = new Timeouts(Duration.ofMillis(200), Duration.ofMillis(200));

    public final FakeHost host;
    public final Machines machines;
    public final Automations automations;
    public final Forks forks;
    final Quotas quotas = Quotas.unlimited();
    final List<MachineEvent> events = new ArrayList<>();

    /** Delays guests' readiness while it has no permits. */
    final Semaphore readiness = new Semaphore(Integer.MAX_VALUE / 2);

    /** Scheduled actions. */
    final List<Runnable> alarms = Collections.synchronizedList(new ArrayList<>());

    /** Opens when a guest is first asked whether it is ready. */
    final CountDownLatch guestAsked = new CountDownLatch(1);

    /** Thrown by the next writes to the store, while set. */
    Optional<HyperfleetException> storeFailure = Optional.empty();

    /** Thrown by the next launches, while set. */
    public Optional<HyperfleetException> launchFailure = Optional.empty();

    /** Thrown while memory is saved, while set. */
    Optional<HyperfleetException> saveFailure = Optional.empty();

    private int writesLeft = Integer.MAX_VALUE;
    private Optional<HyperfleetException> laterStoreFailure = Optional.empty();
    private final int crashAt;
    private int steps;
    private volatile boolean crashed;

    public static FakeServer on(FakeHost host) {
        return crashingAt(Integer.MAX_VALUE, host, Runnable::run);
    }

    public static FakeServer on(FakeHost host, Executor executor) {
        return crashingAt(Integer.MAX_VALUE, host, executor);
    }

    /** One with pools. */
    static FakeServer withPools(FakeHost host, WarmStarts.Share... shares) {
        return new FakeServer(Integer.MAX_VALUE, host, Runnable::run, List.of(shares));
    }

    public static FakeServer crashingAt(int step, FakeHost host, Executor executor) {
        return new FakeServer(step, host, executor, List.of());
    }

    /** One with pools, that ends with this effect on the host or the store. */
    static FakeServer crashingAt(int step, FakeHost host, WarmStarts.Share... shares) {
        return new FakeServer(step, host, Runnable::run, List.of(shares));
    }

    private FakeServer(int crashAt, FakeHost host, Executor executor, List<WarmStarts.Share> shares) {
        this.crashAt = crashAt;
        this.host = host;
        Machines.Ports ports = new FakePorts(
                        host,
                        this,
                        () -> !crashed,
                        this::note,
                        quotas,
                        CAPACITY,
                        Clock.systemUTC(),
                        MonotonicClock.SYSTEM,
                        RandomGenerator.of("L64X128MixRandom"),
                        executor,
                        (time, action) -> alarms.add(action))
                .ports();
        this.machines = new Machines(ports, TIMEOUTS, new WarmStarts(MAX_BOOT_BYTES, shares));
        this.forks = new Forks(machines, ports);
        this.automations = Automations.of(machines, ports);
    }

    /** What a server does when it starts. */
    public RecoveryReport recover() {
        RecoveryReport report = machines.recover();
        automations.resume();
        return report;
    }

    /** Lets some more writes succeed, then fails all. */
    void failAfterWrites(int writes, HyperfleetException failure) {
        writesLeft = writes;
        laterStoreFailure = Optional.of(failure);
    }

    int steps() {
        return steps;
    }

    public boolean crashed() {
        return crashed;
    }

    private synchronized void note(MachineEvent event) {
        events.add(event);
    }

    @Override
    public void befall(Effect effect, MachineId id, Runnable action) {
        if (effect.isWrite()) {
            if (writesLeft-- == 0) {
                storeFailure = laterStoreFailure;
            }
            refuse(storeFailure);
        }
        if (effect == Effect.LAUNCH) {
            refuse(launchFailure);
        }
        if (effect == Effect.SAVE_MEMORY) {
            refuse(saveFailure);
        }
        step();
        if (effect == Effect.AWAIT_READY) {
            guestAsked.countDown();
            readiness.acquireUninterruptibly();
        }
        action.run();
        step();
    }

    private static void refuse(Optional<HyperfleetException> failure) {
        failure.ifPresent(reason -> {
            throw reason;
        });
    }

    private synchronized void step() {
        if (crashed || ++steps == crashAt) {
            crashed = true;
            throw new SimulatedCrash();
        }
    }
}
