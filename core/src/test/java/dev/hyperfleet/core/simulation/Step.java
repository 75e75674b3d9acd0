package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Command;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.TimeToLive;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One step of a simulation. Machines are named, so that a list of steps has the same meaning when some are removed.
 *
 * @param after the delay after the previous step
 */
record Step(Duration after, Action action) {
    /** What happens. */
    sealed interface Action {}

    /** A client's request. */
    sealed interface Request extends Action {}

    record Create(String name, Habit habit) implements Request {}

    record Order(Command command, String name) implements Request {}

    record Configure(String name, Habit habit) implements Request {}

    record Await(String name, MachineStatus target) implements Request {}

    record ListAll() implements Request {}

    /** A request to a port of the machine, which lasts for two seconds once it is connected. */
    record Visit(String name) implements Request {}

    /** The server is killed before or after its n-th next effect, and another one starts later. */
    record Crash(int points, Duration down) implements Action {}

    /** The server is told to end, and another one starts later. */
    record Close(Duration down) implements Action {}

    /** A number of writes find no space. */
    record FillDisk(int writes) implements Action {}

    /** The next write fails; it is found committed if the server dies before it has written anything else. */
    record TearWrite() implements Action {}

    /** The next effect on the host that can fail does. */
    record FailEffect() implements Action {}

    /** The next effect whose answer can be lost happens, and fails. */
    record LoseAnswer() implements Action {}

    record Delay(Duration length) implements Action {}

    record EndGuest(String name, Death death) implements Action {}

    /** Guests behave like this from now on. */
    record Guests(FakeHost.GuestBehaviour behaviour) implements Action {}

    record JumpClock(Duration distance) implements Action {}

    /** While no server runs, the machine's VMM exits, and another process gets its process id, and its place. */
    record ReusePid(String name) implements Action {}

    /** How a guest dies. */
    enum Death {
        POWERED_OFF,
        REBOOTED,
        PANICKED,
        KILLED;

        VmmExit exit() {
            return switch (this) {
                case POWERED_OFF -> FakeHost.POWERED_OFF;
                case REBOOTED -> FakeHost.REBOOTED;
                case PANICKED -> FakeHost.PANICKED;
                case KILLED -> FakeHost.KILLED;
            };
        }
    }

    /** A machine's automatic actions. */
    enum Habit {
        NONE,
        PAUSES,
        PAUSES_THEN_SUSPENDS,
        STOPS,
        SUSPENDS,
        CHECKED,
        GATED,
        RESTARTS,
        ENDS,
        IS_DELETED;

        private static final Duration IDLE = Duration.ofSeconds(1);
        private static final Duration LIFE = Duration.ofSeconds(40);

        Automation automation(Instant now) {
            return switch (this) {
                case NONE -> Automation.NONE;
                case PAUSES -> sleeping(Sleep.Autostop.PAUSE, Optional.empty());
                case PAUSES_THEN_SUSPENDS -> sleeping(Sleep.Autostop.PAUSE, Optional.of(Duration.ofSeconds(5)));
                case STOPS -> sleeping(Sleep.Autostop.STOP, Optional.empty());
                case SUSPENDS -> sleeping(Sleep.Autostop.SUSPEND, Optional.empty());
                case CHECKED ->
                    new Automation(
                            Sleep.NEVER,
                            RestartPolicy.NEVER,
                            List.of(check(Duration.ofHours(1), false)),
                            Optional.empty());
                case GATED ->
                    new Automation(
                            new Sleep(Sleep.Autostop.PAUSE, IDLE, Optional.empty(), true),
                            RestartPolicy.NEVER,
                            List.of(check(Duration.ofSeconds(1), true)),
                            Optional.empty());
                case RESTARTS ->
                    new Automation(
                            Sleep.NEVER, new RestartPolicy(RestartPolicy.When.ALWAYS, 2), List.of(), Optional.empty());
                case ENDS -> ending(now, false);
                case IS_DELETED -> ending(now, true);
            };
        }

        private static HealthCheck check(Duration interval, boolean gate) {
            return new HealthCheck(
                    "serves",
                    HealthCheck.Kind.TCP,
                    Optional.of(FakeHost.HEALTH_PORT),
                    Optional.empty(),
                    List.of(),
                    interval,
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(5),
                    1,
                    2,
                    gate);
        }

        private static Automation sleeping(Sleep.Autostop autostop, Optional<Duration> suspendAfter) {
            return new Automation(
                    new Sleep(autostop, IDLE, suspendAfter, true), RestartPolicy.NEVER, List.of(), Optional.empty());
        }

        private static Automation ending(Instant now, boolean delete) {
            return new Automation(
                    Sleep.NEVER, RestartPolicy.NEVER, List.of(), Optional.of(new TimeToLive(now.plus(LIFE), delete)));
        }
    }

    @Override
    public String toString() {
        return "+%d ms %s".formatted(after.toMillis(), action);
    }
}
