package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.Machines;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Tracks what keeps each machine awake. Safe for concurrent use. */
public final class ActivityTracker {
    private final Machines machines;
    private final Clock clock;
    private final MonotonicClock time;
    private final Map<MachineId, MachineActivity> activities = new ConcurrentHashMap<>();

    ActivityTracker(Machines machines, Clock clock, MonotonicClock time) {
        this.machines = machines;
        this.clock = clock;
        this.time = time;
    }

    /**
     * Keeps a machine awake. Waits while it falls asleep.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND}
     */
    public Hold hold(MachineId id, Activity activity) {
        return of(machines.get(id).id()).hold(activity);
    }

    /** The same for an id that need not belong to a machine. */
    public Optional<Hold> holdIfPresent(MachineId id, Activity activity) {
        return machines.peek(id).map(machine -> of(machine.id()).hold(activity));
    }

    /** What keeps the machine awake, or since when it has been idle. */
    public IdleState state(MachineId id) {
        return of(id).state();
    }

    /** The current number of requests and connections to the machine's ports. */
    int visits(MachineId id) {
        MachineActivity activity = of(id);
        return activity.count(Activity.REQUESTS) + activity.count(Activity.CONNECTIONS);
    }

    MachineActivity of(MachineId id) {
        return activities.computeIfAbsent(id, _ -> new MachineActivity(clock, time));
    }

    void forget(MachineId id) {
        activities.remove(id);
    }
}
