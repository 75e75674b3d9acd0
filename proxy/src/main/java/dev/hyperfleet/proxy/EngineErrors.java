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
        int status = response.getStatus();
        ErrorCode code = switch (status) {
            case HttpStatus.SERVICE_UNAVAILABLE_503 -> ErrorCode.UNAVAILABLE;
            case HttpStatus.INTERNAL_SERVER_ERROR_500 -> ErrorCode.INTERNAL_ERROR;
            case HttpStatus.REQUEST_TIMEOUT_408 -> ErrorCode.TIMEOUT;
            default -> ErrorCode.BAD_REQUEST;
        };
        @Nullable Object said = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        String message = said == null ? HttpStatus.getMessage(status) : said.toString();
        if (status != HttpStatus.SERVICE_UNAVAILABLE_503) {
            try {
                strangers.count(RateLimit.clientAt(Request.getRemoteAddr(request)));
            } catch (HyperfleetException tooMany) {
                status = ErrorStatus.of(tooMany.code());
                code = tooMany.code();
                message = String.valueOf(tooMany.getMessage());
            }
        }
        response.setStatus(status);
        ErrorResponses.writeAs(request, response, callback, status, code, message, MachineHandler.newRequestId());
        return true;
    }
}
