package dev.hyperfleet.core.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ManualClock;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.request.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EventFeedTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final MachineId ONE = new MachineId("aaaaaaaaaaaa");
    private static final MachineId OTHER = new MachineId("bbbbbbbbbbbb");
    private static final int LIMIT = 100;

    private final FakeEventStore store = new FakeEventStore();
    private Optional<EventFeed> feed = Optional.empty();

    private EventFeed start(Duration heartbeat) {
        return start(heartbeat, MonotonicClock.SYSTEM);
    }

    private EventFeed start(Duration heartbeat, MonotonicClock time) {
        feed = Optional.of(new EventFeed(store, heartbeat, time));
        return feed.get();
    }

    @AfterEach
    void close() {
        feed.ifPresent(EventFeed::close);
    }

    @Test
    void whatWasBeforeAndWhatComesIsGivenOnceAndInOrder() throws InterruptedException {
        store.add(ONE, 3);
        try (EventFeed.Follower follower = start(NEVER).follow(1, Optional.empty())) {
            assertThat(numbers(follower.next(LIMIT))).containsExactly(2L, 3L);
            store.add(OTHER, 2);
            List<Long> seen = new ArrayList<>();
            while (seen.size() < 2) {
                seen.addAll(numbers(follower.next(LIMIT)));
            }
            assertThat(seen).containsExactly(4L, 5L);
        }
    }

    @Test
    void aThousandWhoFollowCostTheStoreNoReads() throws InterruptedException {
        EventFeed events = start(NEVER);
        List<EventFeed.Follower> followers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            followers.add(events.follow(0, Optional.empty()));
        }
        store.add(ONE, 1);
        for (EventFeed.Follower follower : followers) {
            assertThat(numbers(follower.next(LIMIT))).containsExactly(1L);
        }
        assertThat(store.reads.get()).isEqualTo(1);
    }

    @Test
    void whoFollowsOneMachineHearsOfNoOther() throws InterruptedException {
        try (EventFeed.Follower follower = start(NEVER).follow(0, Optional.of(OTHER))) {
            store.add(ONE, 2);
            store.add(OTHER, 1);
            assertThat(numbers(follower.next(LIMIT))).containsExactly(3L);
        }
    }

    @Test
    void whoIsFarBehindGetsAllOfIt() throws InterruptedException {
        EventFeed events = start(NEVER);
        try (EventFeed.Follower slow = events.follow(0, Optional.empty());
                EventFeed.Follower quick = events.follow(0, Optional.empty())) {
            long read = 0;
            for (int i = 0; i < 50; i++) {
                store.add(ONE, LIMIT);
                while (read < store.range().last()) {
                    read = quick.next(LIMIT).getLast().sequence();
                }
            }
            List<Long> all = new ArrayList<>();
            while (all.size() < 5_000) {
                all.addAll(numbers(slow.next(LIMIT)));
            }
            assertThat(all).doesNotHaveDuplicates().isSorted();
        }
    }

    @Test
    void whereNothingHappensThereIsAHeartbeat() throws InterruptedException {
        try (EventFeed.Follower follower = start(Duration.ofMillis(20)).follow(0, Optional.empty())) {
            assertThat(follower.next(LIMIT)).isEmpty();
            assertThat(follower.next(LIMIT)).isEmpty();
        }
    }

    /** The feed looks at its clock when the store has answered, here because of events of another machine. */
    @Test
    void aHeartbeatIsDueByTheFeedsOwnClock() throws InterruptedException {
        ManualClock time = new ManualClock();
        EventFeed events = start(NEVER, time);
        try (EventFeed.Follower follower = events.follow(0, Optional.of(ONE));
                EventFeed.Follower other = events.follow(0, Optional.of(OTHER))) {
            time.advance(NEVER.minusNanos(1));
            store.add(OTHER, 1);
            assertThat(numbers(other.next(LIMIT))).containsExactly(1L);
            store.add(ONE, 1);
            assertThat(numbers(follower.next(LIMIT))).as("no heartbeat before").containsExactly(2L);
            time.advance(Duration.ofNanos(1));
            store.add(OTHER, 1);
            assertThat(follower.next(LIMIT)).isEmpty();
        }
    }

    @Test
    void aStoreThatFailsIsSaidToWhoFollowsAndReadAgain() throws InterruptedException {
        EventFeed events = start(NEVER);
        try (EventFeed.Follower follower = events.follow(0, Optional.of(ONE))) {
            store.broken = true;
            store.add(ONE, 1);
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> follower.next(LIMIT))
                    .withMessage("the disk is gone");
        }
        try (EventFeed.Follower again = events.follow(1, Optional.of(ONE))) {
            store.broken = false;
            store.add(ONE, 1);
            assertThat(numbers(again.next(LIMIT))).containsExactly(2L);
        }
    }

    private static List<Long> numbers(List<Event> events) {
        return events.stream().map(Event::sequence).toList();
    }

    private static final class FakeEventStore implements EventStore {
        private final List<Event> events = new ArrayList<>();
        final AtomicInteger reads = new AtomicInteger();
        volatile boolean broken;

        synchronized void add(MachineId machine, int count) {
            for (int i = 0; i < count; i++) {
                events.add(new Event(
                        events.size() + 1,
                        Instant.EPOCH,
                        machine,
                        "name",
                        "running",
                        Optional.empty(),
                        new Cause(Optional.empty(), Optional.empty())));
            }
            notifyAll();
        }

        @Override
        public synchronized List<Event> after(long sequence, Optional<MachineId> machine, int limit) {
            reads.incrementAndGet();
            if (broken) {
                throw new HyperfleetException(ErrorCode.INTERNAL_ERROR, "the disk is gone");
            }
            return events.stream()
                    .filter(event -> event.sequence() > sequence)
                    .filter(event -> machine.isEmpty() || machine.get().equals(event.machine()))
                    .limit(limit)
                    .toList();
        }

        @Override
        public synchronized Range range() {
            return new Range(events.isEmpty() ? 0 : 1, events.size());
        }

        @Override
        public synchronized boolean await(long sequence, Duration timeout) throws InterruptedException {
            long end = System.nanoTime() + timeout.toNanos();
            while (events.size() <= sequence) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        }
    }
}
