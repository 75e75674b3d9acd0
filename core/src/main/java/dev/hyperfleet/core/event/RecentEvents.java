package dev.hyperfleet.core.event;

import dev.hyperfleet.core.MachineId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All events after a given one, up to the last that was read.
 *
 * @param after the number of the event before the first of them
 */
record RecentEvents(long after, List<Event> events) {
    private static final int REMEMBERED = 1024;

    /** The number of the last of them. */
    long last() {
        return events.isEmpty() ? after : events.getLast().sequence();
    }

    /** These and the next ones, without the oldest if they would be too many. */
    RecentEvents with(List<Event> next) {
        List<Event> all = new ArrayList<>(events);
        all.addAll(next);
        int forgotten = Math.max(0, all.size() - REMEMBERED);
        long before = forgotten == 0 ? after : all.get(forgotten - 1).sequence();
        return new RecentEvents(before, List.copyOf(all.subList(forgotten, all.size())));
    }

    /** Whether all events after this one are among them. */
    boolean reachBackTo(long sequence) {
        return sequence >= after;
    }

    /** Those after this one. */
    List<Event> since(long sequence, Optional<MachineId> machine, int limit) {
        int begin = events.size();
        while (begin > 0 && events.get(begin - 1).sequence() > sequence) {
            begin--;
        }
        return events.subList(begin, events.size()).stream()
                .filter(event -> machine.isEmpty() || machine.get().equals(event.machine()))
                .limit(limit)
                .toList();
    }
}
