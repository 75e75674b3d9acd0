package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StartQueueTest {
    private static final int CAPACITY = 2;
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final StartQueue queue = new StartQueue(CAPACITY, PATIENCE, MonotonicClock.SYSTEM);

    @Test
    void noMoreThanAFewComeUpAtATimeAndAllDo() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Future<Integer>> starts = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                int number = i;
                starts.add(threads.submit(() -> queue.inTurn(() -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Thread.onSpinWait();
                    now.decrementAndGet();
                    return number;
                })));
            }
            for (int i = 0; i < starts.size(); i++) {
                assertThat(starts.get(i).get()).isEqualTo(i);
            }
        }
        assertThat(most.get()).isBetween(1, CAPACITY);
    }

    @Test
    void aFailureEndsATurn() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 2 * CAPACITY; i++) {
                Future<Object> failed = threads.submit(() -> queue.inTurn(() -> {
                    throw new IllegalStateException("a start that fails");
                }));
                assertThat(failed).failsWithin(Duration.ofSeconds(5));
            }
        }
        assertThat(queue.inTurn(() -> "next")).isEqualTo("next");
    }

    @Test
    void silentGuestsDoNotHoldUpTheOthersForLong() throws Exception {
        CompletableFuture<String> never = new CompletableFuture<>();
        CountDownLatch begun = new CountDownLatch(CAPACITY);
        ConcurrentLinkedQueue<String> ended = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CAPACITY; i++) {
                var _ = threads.submit(() -> ended.add(queue.inTurn(() -> {
                    begun.countDown();
                    return never.join();
                })));
            }
            begun.await();
            long before = System.nanoTime();
            assertThat(queue.inTurn(() -> "other")).isEqualTo("other");
            assertThat(System.nanoTime() - before)
                    .isBetween(PATIENCE.toNanos() / 2, PATIENCE.plusSeconds(5).toNanos());
            assertThat(ended).isEmpty();
            never.complete("late");
        }
        assertThat(ended).containsOnly("late").hasSize(CAPACITY);
    }
}
