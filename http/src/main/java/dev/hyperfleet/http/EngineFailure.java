package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.request.RateLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Why the HTTP engine itself refuses a request, which reaches no route: it is malformed, too late, or the server
 * stops. The engine's own words are not repeated.
 */
public record EngineFailure(int status, ErrorCode code, String message) {
    private static final String STOPPING = "The server is stopping; machines keep running. Try again in a moment.";
    private static final String LATE = "The request did not arrive completely in time.";

    /**
     * The failure that the engine has found.
     *
     * @param strangers the limit that it counts against, as all refused requests do
     */
    public static EngineFailure of(Request request, Response response, RateLimit strangers) {
        int status = response.getStatus();
        if (status == 503) {
            return new EngineFailure(status, ErrorCode.UNAVAILABLE, STOPPING);
        }
        try {
            strangers.count(RateLimit.clientAt(Request.getRemoteAddr(request)));
        } catch (HyperfleetException tooMany) {
            return new EngineFailure(
                    ErrorStatus.of(tooMany.code()), tooMany.code(), String.valueOf(tooMany.getMessage()));
        }
        ErrorCode code = switch (status) {
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 408 -> ErrorCode.TIMEOUT;
            case 413 -> ErrorCode.PAYLOAD_TOO_LARGE;
            case 500 -> ErrorCode.INTERNAL_ERROR;
            default -> ErrorCode.BAD_REQUEST; // 505 too: the client speaks another version
        };
        String message = status == 408
                ? LATE
                : "The request is not valid HTTP, or exceeds a limit (status %d)".formatted(status);
        return new EngineFailure(status, code, message);
    }
}
