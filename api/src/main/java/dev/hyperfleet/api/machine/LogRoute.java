package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.core.host.ConsoleLogs.Reader.Wait;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.OutputText;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import dev.hyperfleet.http.ValidationErrors;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/** A machine's console, as text or as server-sent events. */
public final class LogRoute implements RouteGroup {
    private static final int MAX_TAIL = 1_000_000;
    private static final Duration SILENCE = Duration.ofMinutes(10);

    private final ConsoleLogs logs;
    private final Machines machines;
    private final OpenStreams streams;
    private final MonotonicClock time;

    public LogRoute(ConsoleLogs logs, Machines machines, OpenStreams streams, MonotonicClock time) {
        this.logs = logs;
        this.machines = machines;
        this.streams = streams;
        this.time = time;
    }

    private record PieceJson(String data, String encoding) {}

    @Override
    public void register(Routes routes) {
        routes.taking("follow", "tail", "since").getStream("/machines/{id}/logs", Scope.MACHINES_READ, this::logs);
    }

    /** The sink of the console's bytes. */
    interface Sink {
        void send(byte[] piece) throws IOException;

        /** Sends a keep-alive, if the format has one. */
        void idle() throws IOException;

        /** The longest silence: without keep-alives, a disconnected client would not be noticed. */
        Duration patience();
    }

    private void logs(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        boolean follow = query.flag("follow", false);
        long lines = query.integer("tail", 0, MAX_TAIL, -1);
        Optional<Instant> since = query.text("since").flatMap(text -> time(text, query.problems()));
        query.throwIfInvalid();
        MachineId id = machines.get(MachinePath.id(context)).id();
        boolean asEvents =
                Optional.ofNullable(context.header("Accept")).orElse("").contains(EventStream.TYPE);
        OptionalInt tail = lines < 0 ? OptionalInt.empty() : OptionalInt.of(Math.toIntExact(lines));
        AtomicBoolean ended = new AtomicBoolean();
        try (ConsoleLogs.Reader reader = logs.open(id, tail, since, follow);
                OpenStreams.Registration _ = streams.add(ending(ended, reader::close))) {
            send(reader, asEvents ? events(context) : text(context), follow ? Wait.MORE : Wait.OVER, ended, time);
        }
    }

    private static Runnable ending(AtomicBoolean ended, Runnable close) {
        return () -> {
            ended.set(true);
            close.run();
        };
    }

    /**
     * Sends a console until its end.
     *
     * @param first what a wait before the first reading would have found; {@link Wait#OVER} not to follow
     */
    static void send(ConsoleLogs.Reader reader, Sink sink, Wait first, AtomicBoolean ended, MonotonicClock time)
            throws IOException {
        Wait wait = first;
        long silentSince = time.nanoTime();
        while (!ended.get()) {
            byte[] piece = reader.read();
            if (piece.length > 0) {
                sink.send(piece);
                silentSince = time.nanoTime();
            } else if (wait == Wait.OVER
                    || time.nanoTime() - silentSince > sink.patience().toNanos()) {
                return;
            } else {
                wait = reader.await(EventStream.HEARTBEAT);
                if (wait == Wait.NOTHING) {
                    sink.idle();
                }
            }
        }
    }

    private static Sink text(Context context) throws IOException {
        context.contentType("text/plain; charset=utf-8")
                .header("X-Content-Type-Options", "nosniff")
                .header("Cache-Control", "no-store");
        OutputStream output = context.res().getOutputStream();
        context.res().flushBuffer();
        return new Sink() {
            @Override
            public void send(byte[] piece) throws IOException {
                output.write(piece);
                output.flush();
            }

            @Override
            public void idle() {}

            @Override
            public Duration patience() {
                return SILENCE;
            }
        };
    }

    private static Sink events(Context context) throws IOException {
        EventStream stream = new EventStream(context);
        return new Sink() {
            @Override
            public void send(byte[] piece) throws IOException {
                OutputText text = OutputText.of(piece, false);
                stream.send("log", new PieceJson(text.text(), text.encoding()));
            }

            @Override
            public void idle() throws IOException {
                stream.heartbeat();
            }

            @Override
            public Duration patience() {
                return Duration.ofNanos(Long.MAX_VALUE);
            }
        };
    }

    private static Optional<Instant> time(String text, ValidationErrors problems) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException notATime) {
            problems.add("since must be a time in UTC such as 2026-01-31T12:00:00Z");
            return Optional.empty();
        }
    }
}
