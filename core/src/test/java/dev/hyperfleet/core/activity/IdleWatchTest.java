package dev.hyperfleet.core.activity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeServer;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Specs;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class IdleWatchTest {
    private static final MachineId ID = new MachineId("aaaaaaaaaaaa");
    private static final int SECONDS = 10;

    private final List<Runnable> threads = new ArrayList<>();
    private final List<IdleState> resting = new ArrayList<>();
    private final MonotonicClock time = new FakeTime();
    private final ActivityTracker tracker =
            new ActivityTracker(FakeServer.on(new FakeHost()).machines, Clock.systemUTC(), time);
    private final IdleWatch idle = new IdleWatch(tracker, time, threads::add);
    private long now;
    private boolean runs = true;

    /** Time that passes while a thread waits for an event that does not occur. */
    private final class FakeTime implements MonotonicClock {
        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public <T> T await(Future<T> event, Duration timeout)
                throws InterruptedException, ExecutionException, TimeoutException {
            if (event.isDone()) {
                return event.get();
            }
            resting.add(tracker.of(ID).state());
            now += timeout.toNanos();
            throw new TimeoutException();
        }
    }

    /** An agent that reports at once. */
    private final class FakeBusyWatch implements BusyWatch {
        private int told;

        @Override
        public boolean next() {
            if (told == SECONDS * IdleWatch.MAX_CHANGES) {
                runs = false;
                threads.getLast().run(); // sees that it does not, and ends the watch
            }
            if (told == (SECONDS + 3) * IdleWatch.MAX_CHANGES) {
                throw new HyperfleetException(ErrorCode.GUEST_ERROR, "It has gone");
            }
            told++;
            return told % 2 == 0;
        }

        @Override
        public void close() {}
    }

    @Test
    void anAgentThatTellsTooMuchIsReadSlowlyWhileItsMachineStaysAwakeAndUntilTheWatchIsOver() {
        Machine machine = Machine.create(
                ID, 1, 0, Specs.named("m"), Optional.empty(), Clock.systemUTC().instant());
        idle.watch(machine, new FakeBusyWatch(), () -> runs, () -> {});
        threads.getFirst().run();
        assertThat(Duration.ofNanos(now)).isEqualTo(Duration.ofSeconds(SECONDS));
        assertThat(resting)
                .hasSize(SECONDS)
                .allSatisfy(state -> assertThat(state.heldAwakeBy()).containsExactly(Activity.PROCESSES));
        assertThat(tracker.of(ID).state().heldAwakeBy()).isEmpty();
    }
}
