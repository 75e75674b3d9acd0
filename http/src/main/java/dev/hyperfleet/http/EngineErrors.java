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
        EngineFailure failure = EngineFailure.of(request, response, strangers);
        response.setStatus(failure.status());
        if (failure.code() == ErrorCode.TOO_MANY_REQUESTS) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, Responses.RETRY_AFTER_SECONDS);
        }
        String requestId = RequestIds.of(null);
        response.getHeaders().put(RequestIds.HEADER, requestId);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Responses.JSON_TYPE);
        response.write(
                true, ByteBuffer.wrap(Responses.errorBytes(failure.code(), failure.message(), requestId)), callback);
        return true;
    }
}
