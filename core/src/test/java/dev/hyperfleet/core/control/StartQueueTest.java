package dev.hyperfleet.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StartQueueTest {
    private static final int CAPACITY = 2;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    /** Has a permit for each start that has begun to wait for its turn. */
    private final Semaphore inQueue = new Semaphore(0);

    private final CountDownLatch answer = new CountDownLatch(1);

    @AfterEach
    void endAll() {
        answer.countDown();
        threads.close();
    }

    private StartQueue queue(Duration patience) {
        return new StartQueue(CAPACITY, patience, new MonotonicClock() {
            @Override
            public long nanoTime() {
                return System.nanoTime();
            }

            @Override
            public <T> T await(Future<T> event, Duration timeout)
                    throws InterruptedException, ExecutionException, TimeoutException {
                inQueue.release();
                return MonotonicClock.SYSTEM.await(event, timeout);
            }
        });
    }

    /** Starts guests that are silent until the answer, one after the other. */
    private void start(StartQueue queue, String... names) throws InterruptedException {
        for (String name : names) {
            inQueue.drainPermits();
            var _ = threads.submit(() -> queue.inTurn(name.substring(0, 1), () -> {
                begun.add(name);
                awaitAnswer();
                return name;
            }));
            inQueue.acquire();
        }
    }

    private void awaitAnswer() {
        try {
            answer.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> next(int count) {
        return Stream.generate(this::next).limit(count).toList();
    }

    private String next() {
        try {
            return String.valueOf(begun.poll(20, TimeUnit.SECONDS));
        } catch (InterruptedException ended) {
            throw new IllegalStateException(ended);
        }
    }

    @Test
    void noMoreThanAFewComeUpAtATimeAndThenTheOthersInTheirOrder() throws Exception {
        StartQueue queue = queue(Duration.ofMinutes(5));
        start(queue, "a1", "a2", "a3", "a4", "a5");
        assertThat(next(2)).containsExactlyInAnyOrder("a1", "a2");
        assertThat(begun).as("they do not answer").isEmpty();
        answer.countDown();
        assertThat(next(3)).containsExactlyInAnyOrder("a3", "a4", "a5");
    }

    @Test
    void theNextIsOfTheOwnerWithTheFewest() throws Exception {
        StartQueue queue = queue(Duration.ofSeconds(2));
        start(queue, "a1", "a2", "a3", "a4", "a5", "b1");
        assertThat(next(2)).containsExactlyInAnyOrder("a1", "a2");
        assertThat(next(2)).as("when the first two are late").containsExactlyInAnyOrder("a3", "b1");
    }

    @Test
    void aFailureEndsATurn() {
        StartQueue queue = queue(Duration.ofMinutes(5));
        for (int i = 0; i < 2 * CAPACITY; i++) {
            Future<Object> failed = threads.submit(() -> queue.inTurn("a", () -> {
                throw new IllegalStateException("a start that fails");
            }));
            assertThat(failed).failsWithin(Duration.ofSeconds(5));
        }
        assertThat(queue.inTurn("a", () -> "next")).isEqualTo("next");
    }

    @Test
    void silentGuestsDoNotHoldUpTheOthersForLong() throws Exception {
        StartQueue queue = queue(Duration.ofMillis(500));
        start(queue, "a1", "a2");
        long before = System.nanoTime();
        assertThat(queue.inTurn("b", () -> "other")).isEqualTo("other");
        assertThat(System.nanoTime() - before).isLessThan(Duration.ofSeconds(10).toNanos());
        assertThat(answer.getCount()).as("they are still silent").isEqualTo(1);
    }
}
