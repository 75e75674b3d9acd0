package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.HealthState;
import dev.hyperfleet.core.activity.IdleState;
import dev.hyperfleet.core.control.MachinePage;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.http.EntityTags;
import dev.hyperfleet.http.Json;
import dev.hyperfleet.http.MachineVersion;
import dev.hyperfleet.http.Responses;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Machines as JSON. Each state of a machine is serialized once, since it is read much more often than it changes. Safe
 * for concurrent use.
 */
final class MachineDocuments {
    private static final byte[] COMMA = {','};
    private static final byte[] CLOSE = {'}'};
    private static final byte[] NOTHING = {};

    /** The largest page, in bytes, that is built in memory before it is sent. */
    private static final int MAX_WHOLE_PAGE = 1 << 20;

    /** The bytes of cached documents: enough for tens of thousands of typical machines with the default heap. */
    private static final long MAX_KEPT = Runtime.getRuntime().maxMemory() / 32;

    private record ActivityJson(@Nullable Instant idleSince, List<String> heldAwakeBy, List<HealthJson> health) {}

    private record HealthJson(String name, String status, Instant since, String output) {
        static HealthJson of(HealthState state) {
            return new HealthJson(
                    state.check().name(), MachineBody.text(state.status()), state.since(), state.output());
        }
    }

    private record Document(Machine machine, byte[] json) {}

    private final Map<MachineId, Document> documents = new ConcurrentHashMap<>();
    private final AtomicLong kept = new AtomicLong(); // bytes

    void answer(Context context, Machine machine) {
        byte[] document = json(machine);
        MachineVersion.show(context, MachineVersion.tag(machine, document, NOTHING));
        context.contentType(Responses.JSON_TYPE).result(document);
    }

    /**
     * The same, with the activity, which changes without a new state of the machine.
     *
     * @param known the ETags that the client has
     */
    void answer(
            Context context, Machine machine, IdleState idle, List<HealthState> health, Optional<EntityTags> known) {
        byte[] document = json(machine);
        byte[] activity = machine.status() == MachineStatus.RUNNING ? json(idle, health) : NOTHING;
        String tag = MachineVersion.tag(machine, document, activity);
        MachineVersion.show(context, tag);
        if (known.isPresent() && known.get().include(tag)) {
            context.status(HttpStatus.NOT_MODIFIED).res().setContentType(null);
            return;
        }
        byte[] open = Arrays.copyOf(document, document.length - 1);
        byte[] rest = activity.length == 0 ? ascii("null") : activity;
        context.contentType(Responses.JSON_TYPE).result(join(List.of(open, ascii(",\"activity\":"), rest, CLOSE)));
    }

    private static byte[] json(IdleState idle, List<HealthState> health) {
        return Json.MAPPER.writeValueAsBytes(new ActivityJson(
                idle.since().orElse(null),
                idle.heldAwakeBy().stream().map(Activity::text).toList(),
                health.stream().map(HealthJson::of).toList()));
    }

    /** A large page is streamed, so that it is never in memory as a whole. */
    void answer(Context context, MachinePage page) throws IOException {
        context.contentType(Responses.JSON_TYPE);
        List<byte[]> begun = new ArrayList<>();
        long size = 0;
        begun.add(ascii("{\"machines\":["));
        byte[] separator = NOTHING;
        for (Machine machine : page.machines()) {
            byte[] document = json(machine);
            begun.add(separator);
            begun.add(document);
            separator = COMMA;
            size += document.length;
            if (size > MAX_WHOLE_PAGE) {
                context.res().getOutputStream().write(join(begun));
                begun.clear();
                size = 0;
            }
        }
        begun.add(ascii("],\"total\":" + page.total() + "}"));
        byte[] rest = join(begun);
        if (context.res().isCommitted()) {
            context.res().getOutputStream().write(rest);
        } else {
            context.res().setContentLength(rest.length);
            context.result(rest);
        }
    }

    private static byte[] join(List<byte[]> parts) {
        byte[] whole = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Two concurrent callers may both serialize it: the result is the same. */
    private byte[] json(Machine machine) {
        Document document = documents.get(machine.id());
        if (document == null || !isOf(document, machine)) {
            document = new Document(machine, Json.MAPPER.writeValueAsBytes(MachineJson.of(machine)));
            keep(document);
        }
        return document.json();
    }

    /** Compares identity: a new state is a new object, and comparing all fields would cost more than it saves. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isOf(Document document, Machine machine) {
        return document.machine() == machine;
    }

    /** Unless the cache would become too large: documents that are not cached are serialized again. */
    private void keep(Document document) {
        documents.compute(document.machine().id(), (_, before) -> {
            long size = kept.addAndGet(size(document) - size(before));
            if (size <= MAX_KEPT) {
                return document;
            }
            kept.addAndGet(-size(document));
            return null;
        });
    }

    private static long size(@Nullable Document document) {
        return document == null ? 0 : document.json().length;
    }

    void forget(MachineId id) {
        kept.addAndGet(-size(documents.remove(id)));
    }
}
