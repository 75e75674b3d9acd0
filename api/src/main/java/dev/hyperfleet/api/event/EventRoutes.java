package dev.hyperfleet.api.event;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.event.EventFeed;
import dev.hyperfleet.core.event.EventStore;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Changes of machines: in pages, or followed as server-sent events. */
public final class EventRoutes implements RouteGroup {
    private static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;
    private static final String END = "end";
    private static final String NUMBER = "[0-9]{1,18}";

    private final EventStore events;
    private final EventFeed feed;
    private final EventFrames frames = new EventFrames();
    private final Machines machines;
    private final OpenStreams streams;

    public EventRoutes(EventStore events, EventFeed feed, Machines machines, OpenStreams streams) {
        this.events = events;
        this.feed = feed;
        this.machines = machines;
        this.streams = streams;
    }

    /** A page; the cursor gets the next one. */
    private record PageJson(List<EventJson> events, String cursor, boolean more) {}

    /** Events that retention has removed: those before this one. */
    private record GapJson(String to) {}

    @Override
    public void register(Routes routes) {
        Routes paged = routes.taking("cursor", "limit", "follow");
        paged.getStream("/events", Scope.MACHINES_READ, context -> answer(context, Optional.empty()));
        paged.getStream(
                "/machines/{id}/events",
                Scope.MACHINES_READ,
                context -> answer(context, Optional.of(known(MachinePath.id(context)))));
    }

    /** A machine that exists, or that still has events. */
    private MachineId known(MachineId id) {
        if (events.after(0, Optional.of(id), 1).isEmpty()) {
            var _ = machines.get(id);
        }
        return id;
    }

    private void answer(Context context, Optional<MachineId> machine) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        int limit = Math.toIntExact(query.integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT));
        boolean asked = Optional.ofNullable(context.header("Accept")).orElse("").contains(EventStream.TYPE);
        boolean follow = query.flag("follow", asked);
        long cursor = cursor(query, Optional.ofNullable(context.header("Last-Event-ID")));
        query.throwIfInvalid();
        if (follow) {
            follow(context, machine, cursor);
            return;
        }
        List<Event> found = events.after(cursor, machine, limit + 1);
        List<Event> page = found.size() > limit ? found.subList(0, limit) : found;
        long next = page.isEmpty() ? cursor : page.getLast().sequence();
        Responses.json(
                context,
                new PageJson(page.stream().map(EventJson::of).toList(), String.valueOf(next), found.size() > limit));
    }

    private long cursor(QueryParameters query, Optional<String> lastEventId) {
        Optional<String> given = lastEventId.filter(id -> id.matches(NUMBER)).or(() -> query.text("cursor"));
        if (given.isEmpty()) {
            return 0;
        }
        if (given.get().equals(END)) {
            return events.range().last();
        }
        if (!given.get().matches(NUMBER)) {
            query.problems().add("cursor must be one that a response returned, or 'end'");
            return 0;
        }
        return Long.parseLong(given.get());
    }

    private void follow(Context context, Optional<MachineId> machine, long cursor) throws IOException {
        AtomicBoolean ended = new AtomicBoolean();
        Thread thread = Thread.currentThread();
        try (OpenStreams.Registration _ = streams.add(() -> {
                    ended.set(true);
                    thread.interrupt();
                });
                EventFeed.Follower follower = feed.follow(cursor, machine)) {
            EventStream stream = new EventStream(context);
            tellOfGap(stream, cursor);
            while (!ended.get()) {
                List<Event> found = follower.next(DEFAULT_LIMIT);
                if (found.isEmpty()) {
                    stream.heartbeat();
                } else {
                    stream.send(found.stream().map(frames::of).toList());
                }
            }
        } catch (InterruptedException stopping) {
            if (!ended.get()) {
                thread.interrupt();
                throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", stopping);
            }
        }
    }

    private void tellOfGap(EventStream stream, long cursor) throws IOException {
        long first = events.range().first();
        if (cursor > 0 && first > cursor + 1) {
            stream.send(String.valueOf(first - 1), "gap", new GapJson(String.valueOf(first)));
        }
    }
}
