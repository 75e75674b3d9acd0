package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.request.RateLimit;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Errors of requests that are too malformed to reach a route, in the same form as all others. */
final class EngineErrors extends ErrorHandler {
    private final RateLimit strangers;

    /** They count against this limit, as all requests do. */
    EngineErrors(RateLimit strangers) {
        this.strangers = strangers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        ErrorCode code = switch (status) {
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 413 -> ErrorCode.PAYLOAD_TOO_LARGE;
            case 503 -> ErrorCode.UNAVAILABLE;
            case 500 -> ErrorCode.INTERNAL_ERROR;
            default -> ErrorCode.BAD_REQUEST; // 505 too: the client speaks another version
        };
        String message = status == 503
                ? "The server is stopping; machines keep running. Try again in a moment."
                : "The request is not valid HTTP, or exceeds a limit (status %d)".formatted(status);
        if (status != 503) {
            try {
                strangers.count(RateLimit.clientAt(Request.getRemoteAddr(request)));
            } catch (HyperfleetException tooMany) {
                response.setStatus(ErrorStatus.of(tooMany.code()));
                response.getHeaders().put(HttpHeader.RETRY_AFTER, Responses.RETRY_AFTER_SECONDS);
                code = tooMany.code();
                message = String.valueOf(tooMany.getMessage());
            }
        }
        response.getHeaders().put(RequestLog.HEADER, RequestLog.requestId(null));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Responses.JSON_TYPE);
        response.write(true, ByteBuffer.wrap(Responses.errorBytes(code, message)), callback);
        return true;
    }
}
