package dev.hyperfleet.api.machine;

import dev.hyperfleet.api.process.ProcessBody;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.http.Json;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Arbitrary bodies: each is accepted, or refused as the client's error with a printable message. For Jazzer, which
 * {@code ./dev fuzz} runs.
 */
final class BodyFuzz {
    /** The maximum length of a message: twenty problems with their separators, and some more. */
    private static final int MAX_BYTES = 32 << 10;

    private BodyFuzz() {}

    /** One try. */
    public static void fuzzerTestOneInput(byte[] json) {
        attempt(() -> RequestBody.parse(json, MachineBody.SETTINGS), MachineBody::requireWellFormed);
        attempt(() -> RequestBody.parse(json, MachineBody.SETTINGS), body -> {
            var _ = MachineBody.read(body, MachineBody.Settings.DEFAULT, Instant.EPOCH);
        });
        attempt(() -> RequestBody.parse(json, ProcessBody.START_FIELDS), body -> {
            var _ = ProcessBody.ofStart(body);
        });
        attempt(() -> RequestBody.parse(json, ProcessBody.EXEC_FIELDS), body -> {
            var _ = ProcessBody.ofExec(body);
        });
    }

    private static void attempt(Supplier<RequestBody> parsed, Consumer<RequestBody> read) {
        try {
            RequestBody body = parsed.get();
            read.accept(body);
            body.throwIfInvalid();
        } catch (HyperfleetException refused) {
            byte[] answer = Responses.errorBytes(refused.code(), String.valueOf(refused.getMessage()), "");
            String message = Json.MAPPER
                    .readTree(new String(answer, StandardCharsets.UTF_8))
                    .at("/error/message")
                    .asString();
            boolean canBeShown = message.chars().noneMatch(Character::isISOControl) && answer.length < MAX_BYTES;
            if (refused.code() != ErrorCode.VALIDATION_ERROR || !canBeShown) {
                throw new AssertionError("is it a client's mistake, and can it be shown?", refused);
            }
        }
    }
}
