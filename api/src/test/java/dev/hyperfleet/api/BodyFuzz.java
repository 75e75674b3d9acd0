package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Bodies of any kind: each is taken, or refused as the client's mistake, in words that can be shown. For Jazzer, which
 * {@code ./dev fuzz} runs.
 */
final class BodyFuzz {
    private BodyFuzz() {}

    /** One try. */
    public static void fuzzerTestOneInput(byte[] json) {
        attempt(() -> RequestBody.parse(json, MachineBody.SETTINGS), body -> {
            var _ = MachineBody.read(body, MachineBody.Settings.DEFAULT);
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
            boolean isClients = refused.code() == ErrorCode.VALIDATION_ERROR;
            boolean canBeShown = String.valueOf(refused.getMessage()).chars().noneMatch(Character::isISOControl);
            if (!isClients || !canBeShown) {
                throw new AssertionError("is it a client's mistake, and can it be shown?", refused);
            }
        }
    }
}
