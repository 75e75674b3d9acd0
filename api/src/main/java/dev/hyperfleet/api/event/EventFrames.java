package dev.hyperfleet.api.event;

import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.http.EventStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Events as streams send them, each serialized once for all followers. Safe for concurrent use. */
final class EventFrames {
    private static final int REMEMBERED = 1024;

    private final AtomicReferenceArray<@Nullable Frame> recent = new AtomicReferenceArray<>(REMEMBERED);

    private record Frame(long sequence, byte[] bytes) {}

    /** Two concurrent callers may both serialize it: the result is the same. */
    byte[] of(Event event) {
        int slot = Math.toIntExact(event.sequence() % REMEMBERED);
        Frame frame = recent.get(slot);
        if (frame == null || frame.sequence() != event.sequence()) {
            String id = String.valueOf(event.sequence());
            frame = new Frame(event.sequence(), EventStream.frame(id, event.type(), EventJson.of(event)));
            recent.set(slot, frame);
        }
        return frame.bytes();
    }
}
