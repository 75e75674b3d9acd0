package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.machine.Lifecycle.Decision.Refuse;
import dev.hyperfleet.core.machine.Lifecycle.Decision.Remove;
import dev.hyperfleet.core.machine.Lifecycle.Decision.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The state machine: which command is allowed in which status, and what follows. Pure: it decides, and others act. A
 * machine in a transition refuses every command, so there is one transition at a time.
 */
public final class Lifecycle {
    private static final int MAX_LOST_STARTS = 3;

    /** The decision on a command. */
    public sealed interface Decision {
        /** The machine changes to this state; effects follow after that is stored. */
        record Transition(Machine next) implements Decision {}

        /** The machine ceases to exist; its leftovers are removed after that is stored. */
        record Remove() implements Decision {}

        /** Nothing changes. */
        record Refuse(String message) implements Decision {}
    }

    private Lifecycle() {}

    public static Decision decide(Machine machine, Command command, Instant now) {
        return switch (command) {
            case START ->
                switch (machine.status()) {
                    case PENDING, SUSPENDED, STOPPED, FAILED -> starting(machine, now);
                    case STARTING, RUNNING, PAUSING, PAUSED, RESUMING, SUSPENDING, STOPPING -> refuse(machine, command);
                };
            case STOP ->
                switch (machine.status()) {
                    case RUNNING, PAUSED -> stopping(machine, now);
                    case SUSPENDED -> new Transition(stopped(machine, now));
                    case PENDING, STARTING, PAUSING, RESUMING, SUSPENDING, STOPPING, STOPPED, FAILED ->
                        refuse(machine, command);
                };
            case RESTART ->
                machine.status() == MachineStatus.RUNNING ? stopping(machine, now) : refuse(machine, command);
            case PAUSE ->
                machine.status() == MachineStatus.RUNNING
                        ? new Transition(machine.to(MachineStatus.PAUSING, machine.instance(), now))
                        : refuse(machine, command);
            case RESUME ->
                switch (machine.status()) {
                    case PAUSED -> new Transition(machine.to(MachineStatus.RESUMING, machine.instance(), now));
                    case SUSPENDED -> starting(machine, now);
                    case PENDING, STARTING, RUNNING, PAUSING, RESUMING, SUSPENDING, STOPPING, STOPPED, FAILED ->
                        refuse(machine, command);
                };
            case SUSPEND ->
                switch (machine.status()) {
                    case RUNNING, PAUSED ->
                        new Transition(machine.to(MachineStatus.SUSPENDING, machine.instance(), now));
                    case PENDING, STARTING, PAUSING, RESUMING, SUSPENDING, SUSPENDED, STOPPING, STOPPED, FAILED ->
                        refuse(machine, command);
                };
            case ROLLBACK ->
                switch (machine.status()) {
                    case RUNNING, PAUSED -> stopping(machine, now);
                    case PENDING, SUSPENDED, STOPPED, FAILED -> starting(machine, now);
                    case STARTING, PAUSING, RESUMING, SUSPENDING, STOPPING -> refuse(machine, command);
                };
            case DELETE ->
                switch (machine.status()) {
                    case PENDING, SUSPENDED, STOPPED, FAILED -> new Remove();
                    case STARTING, RUNNING, PAUSING, PAUSED, RESUMING, SUSPENDING, STOPPING -> refuse(machine, command);
                };
        };
    }

    /** The commands that are not refused, in the order of their declaration. */
    public static List<Command> allowed(Machine machine, Instant now) {
        return Arrays.stream(Command.values())
                .filter(command -> !(decide(machine, command, now) instanceof Refuse))
                .toList();
    }

    private static Decision starting(Machine machine, Instant now) {
        return machine.spec()
                .lackOfMemory()
                .<Decision>map(Refuse::new)
                .orElseGet(() -> new Transition(machine.to(MachineStatus.STARTING, Optional.empty(), now)
                        .with(Restarts.NONE)));
    }

    private static Decision stopping(Machine machine, Instant now) {
        return new Transition(
                machine.to(MachineStatus.STOPPING, machine.instance(), now).with(Restarts.NONE));
    }

    private static Decision refuse(Machine machine, Command command) {
        return new Refuse("Cannot %s machine in '%s' state"
                .formatted(command.verb(), machine.status().text()));
    }

    /** The guest has answered: a start is complete. */
    public static Machine started(Machine machine, Instance instance, Instant now) {
        return machine.to(MachineStatus.RUNNING, Optional.of(instance), now).startingFrom(Optional.empty());
    }

    /** The result of a pause or a resume. A machine whose VMM has exited meanwhile keeps the resulting state. */
    public static Machine turned(Machine machine, MachineStatus from, MachineStatus to, Instant now) {
        return machine.status() == from ? machine.to(to, machine.instance(), now) : machine;
    }

    /**
     * The VMM is paused or running, and the machine's status may disagree: a command that timed out was carried out
     * later.
     */
    public static Machine realigned(Machine machine, boolean vmmIsPaused, Instant now) {
        return vmmIsPaused
                ? turned(machine, MachineStatus.RUNNING, MachineStatus.RESUMING, now)
                : turned(machine, MachineStatus.PAUSED, MachineStatus.PAUSING, now);
    }

    /** The VMM has exited as requested, in the middle of a restart. */
    public static Machine startingAgain(Machine machine, Instant now) {
        return machine.to(MachineStatus.STARTING, Optional.empty(), now);
    }

    /** The memory is saved, and the VMM has ended. */
    public static Machine suspended(Machine machine, Instant now) {
        return machine.to(MachineStatus.SUSPENDED, Optional.empty(), now);
    }

    /** It was suspended, and the memory that was saved then is gone. */
    public static Machine memoryLost(Machine machine, Instant now) {
        return failed(machine, "Its saved memory is gone. Its next start boots from its disk.", now);
    }

    public static Machine stopped(Machine machine, Instant now) {
        return machine.to(MachineStatus.STOPPED, Optional.empty(), now);
    }

    static Machine failed(Machine machine, String reason, Instant now) {
        return machine.toFailed(reason, now);
    }

    /**
     * The server ended before there was a VMM. The next one starts the machine, unless requests start it anyway.
     *
     * @param suspended whether the memory that was saved by a suspension is still there, unused
     */
    public static Machine startLost(Machine machine, boolean suspended, Instant now) {
        MachineStatus before = suspended ? MachineStatus.SUSPENDED : MachineStatus.STOPPED;
        Machine lost = machine.to(before, Optional.empty(), now);
        int tried = machine.restarts().count();
        if (tried >= MAX_LOST_STARTS) { // perhaps it is the start that ends the server, or the host
            return startFailed(
                    machine,
                    "The server ended again and again while it was starting the machine. Start it again.",
                    now);
        }
        boolean startsOnRequest =
                tried == 0 && machine.spec().automation().sleep().autostart();
        return startsOnRequest ? lost : startingSoon(lost, tried, now);
    }

    /** A start has failed. An automatic start is retried if the restart policy says so. */
    public static Machine startFailed(Machine machine, String reason, Instant now) {
        Machine failed = failed(machine, reason, now);
        return machine.restarts().count() > 0 ? due(failed, machine.restarts().count(), now) : failed;
    }

    /** An automatic start is due. Nothing happens if the machine was changed since it was scheduled. */
    public static Machine startedByPolicy(Machine machine, Instant due, Instant now) {
        boolean stillDue = machine.restarts().next().equals(Optional.of(due));
        return stillDue
                ? machine.to(MachineStatus.STARTING, Optional.empty(), now)
                        .with(new Restarts(machine.restarts().count() + 1, Optional.empty()))
                : machine;
    }

    private static Machine due(Machine ended, int tried, Instant now) {
        RestartPolicy policy = ended.spec().automation().restart();
        return policy.appliesTo(ended.status(), tried)
                ? ended.with(new Restarts(tried, Optional.of(now.plus(RestartPolicy.pause(tried)))))
                : ended;
    }

    /** Whatever its restart policy: at once, or after the policies' delay if this is not the first attempt in a row. */
    private static Machine startingSoon(Machine ended, int tried, Instant now) {
        Instant next = tried == 0 ? now : now.plus(RestartPolicy.pause(tried));
        return ended.with(new Restarts(tried, Optional.of(next)));
    }

    /** The VMM has exited although no stop was requested. */
    public static Machine ended(Machine machine, VmmExit exit, Instant now) {
        boolean wasStable = Duration.between(machine.updatedAt(), now).compareTo(RestartPolicy.STABLE) >= 0;
        int tried = wasStable ? 0 : machine.restarts().count();
        // Without an agent, a restart may be the only way in which a guest can end its VMM.
        if (exit.isReboot() && machine.spec().image().initrd().isPresent()) {
            return startingSoon(stopped(machine, now), tried, now);
        }
        return due(exit.isPowerOff() ? stopped(machine, now) : failed(machine, exit.describe(), now), tried, now);
    }
}
