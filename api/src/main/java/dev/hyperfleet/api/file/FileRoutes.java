package dev.hyperfleet.api.file;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.FileChange;
import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.core.guest.FileWatch;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.GuestPaths;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.OutputText;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import dev.hyperfleet.http.ValidationErrors;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Operations on a guest's files, except reading and writing their content. */
public final class FileRoutes implements RouteGroup {
    private static final String FILES = "/machines/{id}/files";
    private static final int MAX_DEPTH = 64;
    private static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;

    private final Machines machines;
    private final OpenStreams streams;

    public FileRoutes(Machines machines, OpenStreams streams) {
        this.machines = machines;
        this.streams = streams;
    }

    /** A page of a list; the cursor, if present, gets the next one. */
    private record PageJson(
            List<FileJson> entries, @Nullable String cursor) {}

    private record ChangeJson(
            String path,
            String pathEncoding,
            @Nullable String from,
            @Nullable String fromEncoding,
            boolean folder) {}

    @Override
    public void register(Routes routes) {
        withPath(routes, "follow").get(FILES + "/stat", Scope.MACHINES_EXEC, this::stat);
        withPath(routes, "depth", "limit", "cursor").get(FILES + "/list", Scope.MACHINES_EXEC, this::list);
        withPath(routes, "recursive").getStream(FILES + "/watch", Scope.MACHINES_EXEC, this::watch);
        routes.post(FILES + "/mkdir", Scope.MACHINES_EXEC, this::makeFolder);
        routes.post(FILES + "/move", Scope.MACHINES_EXEC, context -> pair(context, GuestFiles::move));
        routes.post(FILES + "/copy", Scope.MACHINES_EXEC, context -> pair(context, GuestFiles::copy));
        routes.post(FILES + "/chmod", Scope.MACHINES_EXEC, this::changeMode);
    }

    /** Routes that take a path in the guest, and further parameters. */
    static Routes withPath(Routes routes, String... further) {
        return routes.taking(Stream.concat(Stream.of("path", GuestPaths.ENCODING), Stream.of(further))
                .toArray(String[]::new));
    }

    private void stat(Context context) {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        boolean follow = query.flag("follow", false);
        query.throwIfInvalid();
        answer(context, files(context).stat(path, follow));
    }

    private void list(Context context) {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        int depth = Math.toIntExact(query.integer("depth", 1, MAX_DEPTH, 1));
        int limit = Math.toIntExact(query.integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT));
        Optional<GuestPath> after = query.text("cursor").flatMap(text -> cursor(text, query.problems()));
        query.throwIfInvalid();
        GuestFiles.Page page = files(context).list(path, depth, limit, after);
        @Nullable
        String next = page.more() && !page.entries().isEmpty()
                ? Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(page.entries().getLast().path().bytes())
                : null;
        Responses.json(
                context, new PageJson(page.entries().stream().map(FileJson::of).toList(), next));
    }

    private static Optional<GuestPath> cursor(String text, ValidationErrors problems) {
        try {
            return Optional.of(new GuestPath(Base64.getUrlDecoder().decode(text)));
        } catch (IllegalArgumentException invalid) {
            problems.add("cursor is not one that a list returned");
            return Optional.empty();
        }
    }

    private void makeFolder(Context context) {
        RequestBody body = RequestBody.read(context, List.of("path", GuestPaths.ENCODING, "mode", "user", "parents"));
        GuestPath path = path(body, "path");
        OptionalInt mode = mode(body);
        Optional<String> user = body.optionalLine("user", RequestBody.MAX_WORD);
        boolean parents = body.optionalBoolean("parents", false);
        body.throwIfInvalid();
        FileEntry made = files(context).makeFolder(path, mode, user, parents);
        context.status(HttpStatus.CREATED);
        answer(context, made);
    }

    private interface Pair {
        FileEntry apply(GuestFiles files, GuestPath from, GuestPath to, boolean replace);
    }

    private void pair(Context context, Pair action) {
        RequestBody body = RequestBody.read(context, List.of("from", "to", GuestPaths.ENCODING, "replace"));
        GuestPath from = path(body, "from");
        GuestPath to = path(body, "to");
        boolean replace = body.optionalBoolean("replace", false);
        body.throwIfInvalid();
        answer(context, action.apply(files(context), from, to, replace));
    }

    private void changeMode(Context context) {
        RequestBody body = RequestBody.read(context, List.of("path", GuestPaths.ENCODING, "mode", "user", "recursive"));
        GuestPath path = path(body, "path");
        OptionalInt mode = mode(body);
        Optional<String> user = body.optionalLine("user", RequestBody.MAX_WORD);
        if (mode.isEmpty() && user.isEmpty()) {
            body.problems().add("mode or user is required");
        }
        boolean recursive = body.optionalBoolean("recursive", false);
        body.throwIfInvalid();
        answer(context, files(context).changeMode(path, mode, user, recursive));
    }

    private static GuestPath path(RequestBody body, String name) {
        String text = body.requiredText(name, GuestPaths.MAX_LENGTH);
        return GuestPaths.read(
                name,
                body.has(name) ? text : "/",
                body.optionalText(GuestPaths.ENCODING, RequestBody.MAX_WORD),
                body.problems());
    }

    private static OptionalInt mode(RequestBody body) {
        return GuestPaths.mode("mode", body.optionalText("mode", RequestBody.MAX_WORD), body.problems());
    }

    private void watch(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        boolean recursive = query.flag("recursive", false);
        query.throwIfInvalid();
        try (FileWatch watch = files(context).watch(path, recursive);
                OpenStreams.Registration _ = streams.add(watch::close)) {
            EventStream events = new EventStream(context);
            events.heartbeat(); // the watch is active from now on
            events.sendAll(watch::next, () -> !watch.isOver(), change -> send(change, events));
        }
    }

    private static boolean send(FileChange change, EventStream events) throws IOException {
        OutputText path = FileJson.text(change.path());
        Optional<OutputText> from = change.from().map(FileJson::text);
        events.send(
                change.kind().name().toLowerCase(Locale.ROOT),
                new ChangeJson(
                        path.text(),
                        path.encoding(),
                        from.map(OutputText::text).orElse(null),
                        from.map(OutputText::encoding).orElse(null),
                        change.folder()));
        return true;
    }

    private static void answer(Context context, FileEntry entry) {
        Responses.json(context, FileJson.of(entry));
    }

    private GuestFiles files(Context context) {
        return FileContentRoutes.files(machines, context);
    }
}
