package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.StoredResponse;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Requests with an Idempotency-Key: each is carried out once, and its response replayed. */
public final class IdempotencyKeys {
    public static final String HEADER = "Idempotency-Key";

    /** In a response that was given before. */
    static final String REPLAYED = "Idempotent-Replayed";

    private static final Pattern FORM = Pattern.compile("[!-~]{1,255}");
    private static final String CONTENT_TYPE = "Content-Type";
    private static final List<String> KEPT_HEADERS = List.of(CONTENT_TYPE, "Location", "ETag");

    private final Idempotency idempotency;

    public IdempotencyKeys(Idempotency idempotency) {
        this.idempotency = idempotency;
    }

    /** Completes a request that changed a machine but got no response. */
    public interface Continuation {
        void handle(Context context, MachineId machine) throws Exception;
    }

    /** A handler that is called once for each key. */
    public Handler once(Handler handler, Optional<Continuation> continuation) {
        return context -> {
            Optional<String> key = key(context);
            if (key.isEmpty()) {
                handler.handle(context);
                return;
            }
            IdempotentRequest request = new IdempotentRequest(
                    Caller.of(context).map(ApiKey::id).orElse(""), key.get(), fingerprint(context));
            Optional<Idempotency.Continuation<Exception>> rest = continuation.map(
                    unfinished -> machine -> capture(context, again -> unfinished.handle(again, machine)));
            Idempotency.Outcome outcome = idempotency.answer(request, () -> capture(context, handler), rest);
            if (outcome.replayed()) {
                replay(context, outcome.answer());
            }
        };
    }

    /** Refuses the key if the response cannot be stored. */
    public static void refuse(Context context, String instead) {
        if (context.header(HEADER) != null) {
            throw new HyperfleetException(
                    ErrorCode.VALIDATION_ERROR, "%s is not supported here: %s".formatted(HEADER, instead));
        }
    }

    private static Optional<String> key(Context context) {
        List<String> given = Collections.list(context.req().getHeaders(HEADER));
        if (given.isEmpty()) {
            return Optional.empty();
        }
        if (given.size() > 1 || !FORM.matcher(given.getFirst()).matches()) {
            throw new HyperfleetException(
                    ErrorCode.VALIDATION_ERROR, HEADER + " must be 1 to 255 visible ASCII characters, given once");
        }
        return Optional.of(given.getFirst());
    }

    /** The hash of everything that defines the request. */
    private static String fingerprint(Context context) {
        String query = Optional.ofNullable(context.queryString()).orElse("");
        String what = "%s %s?%s\n".formatted(context.method(), context.path(), query);
        return Sha256.of(what, RequestBody.readBytes(context));
    }

    /** The handler's response. A refusal counts as one; an internal error does not. */
    private static StoredResponse capture(Context context, Handler handler) throws Exception {
        try {
            handler.handle(context);
        } catch (HyperfleetException refusal) {
            if (ErrorStatus.of(refusal.code()) >= 500) {
                throw refusal;
            }
            Responses.error(context, refusal);
        }
        Map<String, String> headers = new HashMap<>();
        for (String name : KEPT_HEADERS) {
            @Nullable
            String value = name.equals(CONTENT_TYPE)
                    ? context.res().getContentType()
                    : context.res().getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new StoredResponse(context.statusCode(), headers, body(context));
    }

    private static byte[] body(Context context) throws IOException {
        @Nullable InputStream answer = context.resultInputStream();
        if (answer == null) {
            return new byte[0];
        }
        byte[] bytes = answer.readAllBytes();
        context.result(bytes);
        return bytes;
    }

    private static void replay(Context context, StoredResponse answer) {
        context.status(answer.status()).header(REPLAYED, "true");
        answer.headers().forEach(context::header);
        if (answer.body().length > 0) {
            context.result(answer.body());
        } else {
            context.res().setContentType(null);
        }
    }
}
