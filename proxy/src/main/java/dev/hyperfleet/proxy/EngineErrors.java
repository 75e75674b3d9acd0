package dev.hyperfleet.proxy;

import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.http.EngineFailure;
import dev.hyperfleet.http.RequestIds;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Errors of requests that are not valid HTTP, or arrive while the server stops, in the same form as all others. */
final class EngineErrors extends ErrorHandler {
    private final RateLimit strangers;

    /** They count against this limit, as all refused requests do. */
    EngineErrors(RateLimit strangers) {
        this.strangers = strangers;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        EngineFailure failure = EngineFailure.of(request, response, strangers);
        ErrorResponses.writeAs(
                request, response, callback, failure.status(), failure.code(), failure.message(), RequestIds.of(null));
        return true;
    }
}
