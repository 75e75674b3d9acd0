package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.PortFailures;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Access to machines' ports: wakes up sleeping machines, and keeps visited ones awake. It connects only to exposed
 * ports of the requested machine. Safe for concurrent use; calls block.
 */
public final class MachinePorts {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** Errors that prevent a machine from waking up and are not the visitor's fault. */
    private static final Set<ErrorCode> HINDRANCES =
            EnumSet.of(ErrorCode.QUOTA_EXCEEDED, ErrorCode.INSUFFICIENT_STORAGE);

    private final Machines machines;
    private final ActivityTracker activities;
    private final HealthMonitor health;
    private final Duration wakeTimeout;
    private final int maxVisits;
    private final Clock clock;
    private final MonotonicClock time;

    /**
     * Ports of these machines.
     *
     * @param wakeTimeout the maximum time from a machine's start until its port answers
     * @param maxVisits of one machine at a time
     */
    public MachinePorts(
            Machines machines,
            Automations automations,
            Duration wakeTimeout,
            int maxVisits,
            Clock clock,
            MonotonicClock time) {
        this.maxVisits = maxVisits;
        this.machines = machines;
        this.activities = automations.activity();
        this.health = automations.health();
        this.wakeTimeout = wakeTimeout;
        this.clock = clock;
        this.time = time;
    }

    /**
     * Begins a visit: the machine is awake when this returns, and stays awake until the visit is closed.
     *
     * @throws HyperfleetException {@link ErrorCode#FORBIDDEN} for a port that is not exposed, {@link
     * ErrorCode#UNAVAILABLE} for a machine that does not run and may not be woken up, {@link
     * ErrorCode#TOO_MANY_REQUESTS} for one that has the maximum number of visits
     */
    public Visit visit(MachineId id, int port, Activity activity) {
        requireExposed(machines.get(id), port);
        Hold hold = activities.hold(id, activity);
        boolean awake = false;
        try {
            requireRoom(id);
            Machine machine = awake(id, time.nanoTime() + wakeTimeout.toNanos());
            awake = true;
            return new Visit(machine, port, hold);
        } finally {
            if (!awake) {
                hold.close();
            }
        }
    }

    /** Refuses a port that the machine does not expose. */
    public static void requireExposed(Machine machine, int port) {
        if (!machine.spec().exposedPorts().contains(port)) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "Port %d of machine '%s' is not exposed. PATCH /machines/%s with exposed_ports exposes it."
                            .formatted(port, machine.spec().name(), machine.id()));
        }
    }

    private void requireRoom(MachineId id) {
        if (activities.visits(id) > maxVisits) {
            throw new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    ("The machine has reached its limit of %d concurrent requests and connections. Try again in a "
                                    + "moment.")
                            .formatted(maxVisits));
        }
    }

    /** Returns the machine once it runs. Of several concurrent callers one starts it, and all wait. */
    private Machine awake(MachineId id, long deadline) {
        Machine machine = machines.get(id);
        while (machine.status() != MachineStatus.RUNNING) {
            if (!machine.spec().automation().sleep().autostart()) {
                throw asleep(machine, "");
            }
            machine = step(machine, Duration.ofNanos(deadline - time.nanoTime()));
        }
        return machine;
    }

    private Machine step(Machine machine, Duration left) {
        MachineId id = machine.id();
        return switch (machine.status()) {
            case PENDING, SUSPENDED, STOPPED -> attempt(id, () -> machines.start(id));
            case PAUSED -> attempt(id, () -> machines.resume(id));
            case STARTING, PAUSING, RESUMING, SUSPENDING, STOPPING -> await(id, left);
            case FAILED ->
                throw asleep(
                        machine,
                        machine.errorMessage().map(reason -> ": " + reason).orElse(""));
            case RUNNING -> machine;
        };
    }

    private Machine await(MachineId id, Duration left) {
        return machines.await(id, MachineStatus.settled(), left.isNegative() ? Duration.ZERO : left);
    }

    /** A refused command was carried out by a concurrent caller. */
    private Machine attempt(MachineId id, Runnable command) {
        try {
            command.run();
        } catch (HyperfleetException refused) {
            if (HINDRANCES.contains(refused.code())) {
                throw asleep(machines.get(id), ": " + refused.getMessage());
            }
            if (refused.code() != ErrorCode.BAD_REQUEST) {
                throw refused;
            }
        }
        return machines.get(id);
    }

    private static HyperfleetException asleep(Machine machine, String why) {
        return new HyperfleetException(
                ErrorCode.UNAVAILABLE,
                "Machine '%s' is not running, it is %s%s"
                        .formatted(machine.spec().name(), machine.status().text(), why));
    }

    /** A use of a machine's port, which keeps the machine awake until the visit is closed. */
    public final class Visit implements AutoCloseable {
        private final Machine machine;
        private final int port;
        private final Hold hold;

        private Visit(Machine machine, int port, Hold hold) {
            this.machine = machine;
            this.port = port;
            this.hold = hold;
        }

        /** The machine as it was when the visit began. */
        public Machine machine() {
            return machine;
        }

        public int port() {
            return port;
        }

        /**
         * Connects to the port. If the machine has just been woken up, waits until something listens.
         *
         * @throws HyperfleetException {@link ErrorCode#PORT_CLOSED}, {@link ErrorCode#TIMEOUT} or {@link
         *     ErrorCode#GUEST_ERROR}
         */
        public PortConnection connect() {
            Duration left = timeToComeUp();
            requireHealthy(left);
            try {
                return connectNow();
            } catch (HyperfleetException refused) {
                if (refused.code() != ErrorCode.PORT_CLOSED || !left.isPositive()) {
                    throw refused;
                }
                awaitListener(left);
                return connectNow();
            }
        }

        private void awaitListener(Duration patience) {
            try {
                machines.guest(machine.id(), "reach port " + port).ports().awaitListener(port, patience);
            } catch (HyperfleetException failure) {
                throw PortFailures.of(failure, machine, port, patience);
            }
        }

        /**
         * The remaining time for the machine to become ready; zero if it was not woken up, all of it if the clock was
         * set back since.
         */
        private Duration timeToComeUp() {
            Duration awake = Duration.between(machine.updatedAt(), clock.instant());
            Duration left = awake.isNegative() ? wakeTimeout : wakeTimeout.minus(awake);
            return machine.spec().automation().sleep().autostart() && left.isPositive() ? left : Duration.ZERO;
        }

        private void requireHealthy(Duration patience) {
            health.awaitOpenGate(machine.id(), patience).ifPresent(closed -> {
                throw new HyperfleetException(
                        ErrorCode.UNAVAILABLE,
                        "Machine '%s' is not healthy: check '%s' is %s: %s"
                                .formatted(
                                        machine.spec().name(),
                                        closed.check().name(),
                                        closed.status().name().toLowerCase(Locale.ROOT),
                                        closed.output()));
            });
        }

        private PortConnection connectNow() {
            return machines.connect(machine, port, CONNECT_TIMEOUT);
        }

        @Override
        public void close() {
            hold.close();
        }
    }
}
