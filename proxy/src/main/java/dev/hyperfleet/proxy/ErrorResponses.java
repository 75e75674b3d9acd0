package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.http.ErrorStatus;
import dev.hyperfleet.http.RequestIds;
import dev.hyperfleet.http.Responses;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Error responses: a small page for browsers, JSON for others. */
final class ErrorResponses {
    private ErrorResponses() {}

    /** Responds, unless a response has begun. */
    static void write(
            Request request, Response response, Callback callback, ErrorCode code, String message, String requestId) {
        if (response.isCommitted()) {
            callback.failed(new IllegalStateException(message));
            return;
        }
        response.reset();
        writeAs(request, response, callback, ErrorStatus.of(code), code, message, requestId);
    }

    /** The same with a status that differs from the code's. */
    static void writeAs(
            Request request,
            Response response,
            Callback callback,
            int status,
            ErrorCode code,
            String message,
            String requestId) {
        response.setStatus(status);
        response.getHeaders().put(RequestIds.HEADER, requestId);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (code == ErrorCode.BAD_REQUEST || code == ErrorCode.METHOD_NOT_ALLOWED) {
            // It may be unclear where its request ends.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (code == ErrorCode.UNAUTHORIZED) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
        }
        if (code == ErrorCode.TOO_MANY_REQUESTS) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
        }
        boolean page = request.getHeaders().getValuesList(HttpHeader.ACCEPT).stream()
                .anyMatch(type -> type.startsWith("text/html"));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, page ? "text/html; charset=utf-8" : "application/json");
        byte[] body = page
                ? page(status, code, message, requestId).getBytes(StandardCharsets.UTF_8)
                : Responses.errorBytes(code, message, requestId);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    private static String page(int status, ErrorCode code, String message, String requestId) {
        boolean isPrivate = code == ErrorCode.UNAUTHORIZED;
        return """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                <title>%2$s</title>
                <style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem; padding: 0 1rem }
                code { color: #666 }</style>
                <h1>%2$s</h1>
                %6$s<p>%3$s</p>
                <p><code>%1$d %4$s · %5$s</code></p>
                </html>
                """.formatted(
                        status,
                        isPrivate ? "This page is private" : HttpStatus.getMessage(status),
                        escaped(message),
                        code,
                        escaped(requestId),
                        isPrivate ? "<p>Ask its owner for a link to it. If that is you:</p>\n" : "");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
