package dev.hyperfleet.api.process;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.OutputText;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** A process's output as server-sent events; docs/api/processes.md describes them. */
public final class OutputRoute implements RouteGroup {
    private static final String END = "end";

    private final Machines machines;
    private final OpenStreams streams;

    public OutputRoute(Machines machines, OpenStreams streams) {
        this.machines = machines;
        this.streams = streams;
    }

    /** A piece of output. */
    record PieceJson(long offset, String data, String encoding) {}

    /** Lost output: from one offset to before the other. */
    record GapJson(long from, long to) {}

    @Override
    public void register(Routes routes) {
        routes.taking("offset", "follow", "hold")
                .getStream("/machines/{id}/processes/{process}/output", Scope.MACHINES_EXEC, this::output);
    }

    private void output(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        ReadOptions options = options(query, Optional.ofNullable(context.header("Last-Event-ID")), false);
        query.throwIfInvalid();
        GuestProcesses processes = ProcessRoutes.of(machines, context);
        try (Attachment attachment = processes.attach(context.pathParam("process"), options);
                OpenStreams.Registration _ = streams.add(attachment::close)) {
            EventStream events = new EventStream(context);
            events.sendAll(attachment::next, () -> true, output -> send(output, events));
        }
    }

    /**
     * How to read the output, according to the query.
     *
     * @param resume the offset to continue from, for a client that reconnects
     * @param hold whether the process waits for its readers, unless the query says otherwise
     */
    static ReadOptions options(QueryParameters query, Optional<String> resume, boolean hold) {
        Optional<String> given = resume.filter(id -> id.matches("[0-9]{1,18}")).or(() -> query.text("offset"));
        OptionalLong offset = OptionalLong.of(0);
        if (given.isPresent() && given.get().equals(END)) {
            offset = OptionalLong.empty();
        } else if (given.isPresent() && given.get().matches("[0-9]{1,18}")) {
            offset = OptionalLong.of(Long.parseLong(given.get()));
        } else if (given.isPresent()) {
            query.problems().add("offset must be a number of bytes, or 'end'");
        }
        return new ReadOptions(offset, query.flag("follow", true), query.flag("hold", hold), 0);
    }

    /** An event's id is the offset of the byte after it. */
    private static boolean send(ProcessOutput output, EventStream events) throws IOException {
        return switch (output) {
            case ProcessOutput.Piece piece -> {
                OutputText text = OutputText.of(piece.data(), false);
                events.send(
                        String.valueOf(piece.end()),
                        piece.stream().name().toLowerCase(Locale.ROOT),
                        new PieceJson(piece.offset(), text.text(), text.encoding()));
                yield true;
            }
            case ProcessOutput.Gap gap -> {
                events.send(String.valueOf(gap.to()), "gap", new GapJson(gap.from(), gap.to()));
                yield true;
            }
            case ProcessOutput.End(var process) -> {
                events.send(END, ProcessJson.of(process));
                yield false;
            }
        };
    }
}
