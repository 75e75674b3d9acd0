package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import io.javalin.http.Context;

/** Responses: JSON, and errors in the contract's form. */
public final class Responses {
    public static final String JSON_TYPE = "application/json";

    /** The delay after which a client may retry, whichever limit it exceeded. */
    static final String RETRY_AFTER_SECONDS = "1";

    private record ErrorBody(Detail error) {}

    /** Messages may quote clients or guests and are shown in terminals, so they have no control characters. */
    private record Detail(ErrorCode code, String message) {
        Detail {
            message = SafeText.line(message);
        }
    }

    private Responses() {}

    public static void json(Context context, Object body) {
        context.contentType(JSON_TYPE).result(Json.MAPPER.writeValueAsBytes(body));
    }

    static void error(Context context, HyperfleetException failure) {
        error(context, failure.code(), String.valueOf(failure.getMessage()));
    }

    static void error(Context context, ErrorCode code, String message) {
        context.status(ErrorStatus.of(code));
        if (code == ErrorCode.TOO_MANY_REQUESTS) {
            context.header("Retry-After", RETRY_AFTER_SECONDS);
        }
        json(context, new ErrorBody(new Detail(code, message)));
    }

    /** An error's JSON, for a response that has begun. */
    static Object errorJson(HyperfleetException failure) {
        return new ErrorBody(new Detail(failure.code(), String.valueOf(failure.getMessage())));
    }

    /** The same for requests that do not reach a route. */
    public static byte[] errorBytes(ErrorCode code, String message) {
        return Json.MAPPER.writeValueAsBytes(new ErrorBody(new Detail(code, message)));
    }
}
