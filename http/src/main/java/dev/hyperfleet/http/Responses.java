package dev.hyperfleet.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import io.javalin.http.Context;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Responses: JSON, and errors in the contract's form. */
public final class Responses {
    public static final String JSON_TYPE = "application/json";

    /** The delay after which a client may retry, whichever limit it exceeded. */
    static final String RETRY_AFTER_SECONDS = "1";

    private record ErrorBody(Detail error) {
        ErrorBody(ErrorCode code, String message, String requestId, Map<String, Object> details) {
            this(new Detail(code, SafeText.line(message), requestId, details.isEmpty() ? null : details));
        }
    }

    /**
     * An error.
     *
     * @param message may quote clients or guests and is shown in terminals, so it has no control characters
     * @param details what a program can use, for some codes
     */
    private record Detail(
            ErrorCode code,
            String message,
            String requestId,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Map<String, Object> details) {}

    private static final String ERROR_CODE = "hyperfleet.error_code";

    private Responses() {}

    public static void json(Context context, Object body) {
        context.contentType(JSON_TYPE).result(Json.MAPPER.writeValueAsBytes(body));
    }

    /** An error's message as clients get it. */
    public static String message(HyperfleetException failure) {
        return SafeText.line(String.valueOf(failure.getMessage()));
    }

    static void error(Context context, HyperfleetException failure) {
        error(context, failure.code(), String.valueOf(failure.getMessage()), failure.details());
    }

    static void error(Context context, ErrorCode code, String message) {
        error(context, code, message, Map.of());
    }

    private static void error(Context context, ErrorCode code, String message, Map<String, Object> details) {
        context.status(ErrorStatus.of(code));
        context.attribute(ERROR_CODE, code);
        if (code == ErrorCode.TOO_MANY_REQUESTS) {
            context.header("Retry-After", RETRY_AFTER_SECONDS);
        }
        json(context, new ErrorBody(code, message, RequestLog.id(context), details));
    }

    /** The code of the error with which this request was answered, if it was. */
    static Optional<ErrorCode> errorCode(Context context) {
        return Optional.ofNullable(context.attribute(ERROR_CODE));
    }

    /** An error's JSON, for a response that has begun. */
    static Object errorJson(Context context, HyperfleetException failure) {
        context.attribute(ERROR_CODE, failure.code());
        return new ErrorBody(
                failure.code(), String.valueOf(failure.getMessage()), RequestLog.id(context), failure.details());
    }

    /** The same for requests that do not reach a route. */
    public static byte[] errorBytes(ErrorCode code, String message, String requestId) {
        return Json.MAPPER.writeValueAsBytes(new ErrorBody(code, message, requestId, Map.of()));
    }
}
