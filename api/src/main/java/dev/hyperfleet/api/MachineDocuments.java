package dev.hyperfleet.api;

import dev.hyperfleet.core.Activity;
import dev.hyperfleet.core.HealthState;
import dev.hyperfleet.core.IdleState;
import dev.hyperfleet.core.Machine;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MachinePage;
import dev.hyperfleet.core.MachineStatus;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Machines as JSON. Each state of a machine is written once, however many ask for it: it is read much
 * more often than it changes. Safe for concurrent use.
 */
final class MachineDocuments {
    private static final byte[] COMMA = {','};
    private static final byte[] CLOSE = {'}'};

    private record ActivityJson(@Nullable Instant idleSince, List<String> heldAwakeBy, List<HealthJson> health) {}

    private record HealthJson(String name, String status, Instant since, String output) {
        static HealthJson of(HealthState state) {
            return new HealthJson(
                    state.check().name(), MachineBody.text(state.status()), state.since(), state.output());
        }
    }

    private record Document(Machine machine, byte[] json) {}

    private final Map<MachineId, Document> documents = new ConcurrentHashMap<>();

    void answer(Context context, Machine machine) {
        context.contentType(Answers.JSON_TYPE).result(json(machine));
    }

    /** The same with what changes without a new state of the machine. */
    void answer(Context context, Machine machine, IdleState idle, List<HealthState> health) {
        @Nullable
        ActivityJson activity = machine.status() == MachineStatus.RUNNING
                ? new ActivityJson(
                        idle.since().orElse(null),
                        idle.heldAwakeBy().stream().map(Activity::text).toList(),
                        health.stream().map(HealthJson::of).toList())
                : null;
        byte[] open = json(machine);
        byte[] rest = Json.MAPPER.writeValueAsBytes(activity);
        byte[] body = join(List.of(Arrays.copyOf(open, open.length - 1), ascii(",\"activity\":"), rest, CLOSE));
        context.contentType(Answers.JSON_TYPE).result(body);
    }

    void answer(Context context, MachinePage page) {
        List<byte[]> parts = new ArrayList<>();
        parts.add(ascii("{\"machines\":["));
        for (Machine machine : page.machines()) {
            if (parts.size() > 1) {
                parts.add(COMMA);
            }
            parts.add(json(machine));
        }
        parts.add(ascii("],\"total\":" + page.total() + "}"));
        byte[] body = join(parts);
        context.res().setContentLength(body.length);
        context.contentType(Answers.JSON_TYPE).result(body);
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

    /** Two who ask at once may both write it: the result is the same. */
    private byte[] json(Machine machine) {
        Document document = documents.get(machine.id());
        if (document == null || !isOf(document, machine)) {
            document = new Document(machine, Json.MAPPER.writeValueAsBytes(MachineJson.of(machine)));
            documents.put(machine.id(), document);
        }
        return document.json();
    }

    /** The very same object: a new state is a new one, and comparing all fields would cost more than it saves. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isOf(Document document, Machine machine) {
        return document.machine() == machine;
    }

    void forget(MachineId id) {
        documents.remove(id);
    }
}
