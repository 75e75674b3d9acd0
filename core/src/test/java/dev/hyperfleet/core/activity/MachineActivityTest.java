package dev.hyperfleet.core.activity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MonotonicClock;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MachineActivityTest {
    private final MachineActivity machine = new MachineActivity(Clock.systemUTC(), MonotonicClock.SYSTEM);

    @Test
    void aMachineIsIdleWhenNothingHoldsItAndClosingAHoldTwiceIsOnce() {
        Hold one = machine.hold(Activity.REQUESTS);
        Hold other = machine.hold(Activity.REQUESTS);
        one.close();
        one.close();
        assertThat(machine.state().since()).isEmpty();
        assertThat(machine.state().heldAwakeBy()).containsExactly(Activity.REQUESTS);
        other.close();
        assertThat(machine.state().since()).isPresent();
        assertThat(machine.state().heldAwakeBy()).isEmpty();
    }

    @Test
    void itIsNotPutToSleepWhileItIsHeld() {
        AtomicBoolean slept = new AtomicBoolean();
        try (Hold _ = machine.hold(Activity.CONNECTIONS)) {
            machine.putToSleep(() -> slept.set(true));
        }
        assertThat(slept).isFalse();
        machine.putToSleep(() -> slept.set(true));
        assertThat(slept).isTrue();
    }

    @Test
    void whoComesWhileItIsPutToSleepWaitsForTheOutcome() throws Exception {
        CountDownLatch dozing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean asleep = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sleeper = threads.submit(() -> machine.putToSleep(() -> {
                dozing.countDown();
                awaitQuietly(go);
                asleep.set(true);
            }));
            dozing.await();
            Future<Boolean> visitor = threads.submit(() -> {
                try (Hold _ = machine.hold(Activity.REQUESTS)) {
                    return asleep.get();
                }
            });
            go.countDown();
            assertThat(visitor.get()).isTrue();
            sleeper.get();
        }
    }

    @Test
    void whoWouldAlsoPutItToSleepMeanwhileWaitsForTheOutcome() throws Exception {
        CountDownLatch dozing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean asleep = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sleeper = threads.submit(() -> machine.putToSleep(() -> {
                dozing.countDown();
                awaitQuietly(go);
                asleep.set(true);
            }));
            dozing.await();
            Future<Boolean> other = threads.submit(() -> {
                machine.awaitIdle(Duration.ZERO, () -> !asleep.get());
                return asleep.get();
            });
            go.countDown();
            assertThat(other.get()).isTrue();
            sleeper.get();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void waitingForItToBeIdleEndsWhenThatIsOfNoInterestAnyMore() throws Exception {
        AtomicBoolean still = new AtomicBoolean(true);
        try (Hold _ = machine.hold(Activity.REQUESTS);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> waiting = threads.submit(() -> {
                machine.awaitIdle(Duration.ofDays(1), still::get);
                return true;
            });
            still.set(false);
            machine.signalChange();
            waiting.get();
        }
    }
}
