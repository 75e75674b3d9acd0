package dev.hyperfleet.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.guest.BusyWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class IdleWatchTest {
    private static final MachineId ID = new MachineId("aaaaaaaaaaaa");
    private static final int SECONDS = 10;

    private final List<Runnable> threads = new ArrayList<>();
    private final List<IdleState> resting = new ArrayList<>();
    private long now;
    private final IdleWatch idle = new IdleWatch(
            Clock.systemUTC(),
            new MonotonicClock() {
                @Override
                public long nanoTime() {
                    return now;
                }

                @Override
                public <T> T await(Future<T> event, Duration timeout) throws TimeoutException {
                    resting.add(idle().of(ID).state());
                    now += timeout.toNanos();
                    throw new TimeoutException();
                }
            },
            threads::add);

    private IdleWatch idle() {
        return idle;
    }

    /** An agent that says at once what it has to, and then nothing any more. */
    private static BusyWatch flipping(int changes) {
        return new BusyWatch() {
            private int told;

            @Override
            public boolean next() {
                if (told++ == changes) {
                    throw new HyperfleetException(ErrorCode.GUEST_ERROR, "It has gone");
                }
                return told % 2 == 0;
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void anAgentThatTellsTooMuchIsReadSlowlyAndItsMachineStaysAwakeMeanwhile() {
        Machine machine = Machine.create(
                ID, 1, 0, Specs.named("m"), Optional.empty(), Clock.systemUTC().instant());
        idle.watch(machine, flipping(SECONDS * IdleWatch.MOST_CHANGES), () -> false, () -> {});
        threads.getLast().run(); // the watch is over
        threads.getFirst().run();
        assertThat(Duration.ofNanos(now)).isEqualTo(Duration.ofSeconds(SECONDS));
        assertThat(resting)
                .hasSize(SECONDS)
                .allSatisfy(state -> assertThat(state.heldAwakeBy()).containsExactly(Activity.PROCESSES));
    }
}
