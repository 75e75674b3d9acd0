package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/**
 * Makes a WebSocket request an ordinary one until its route upgrades it, so that it is authenticated, checked, refused
 * and logged like all others. Hides the header that makes Javalin bypass these steps.
 */
public final class WebSocketRequests implements Filter {
    private static final String ORIGINAL = "hyperfleet.request";

    /** The first makes Javalin bypass the handlers, the second makes it use a different method than the request's. */
    private static final List<String> HIDDEN = List.of("Sec-WebSocket-Version", "X-HTTP-Method-Override");

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest original = (HttpServletRequest) request;
        request.setAttribute(ORIGINAL, original);
        boolean isPlain = HIDDEN.stream().allMatch(name -> original.getHeader(name) == null);
        try {
            chain.doFilter(isPlain ? original : new Ordinary(original), response);
        } finally {
            ResponseMemory.release(request);
        }
    }

    /**
     * Refuses a request that does not ask for a WebSocket.
     *
     * @param otherwise the alternative, for the message
     */
    public static void require(Context context, String otherwise) {
        if (!"websocket".equalsIgnoreCase(context.header("Upgrade"))) {
            context.header("Upgrade", "websocket");
            throw new HyperfleetException(ErrorCode.UPGRADE_REQUIRED, "This is only for WebSockets; " + otherwise);
        }
    }

    /**
     * Makes the connection a WebSocket.
     *
     * @param release releases the socket's resources if the upgrade fails
     */
    public static void upgrade(Context context, Session.Listener socket, Runnable release) throws IOException {
        boolean upgraded = false;
        try {
            upgrade(context, socket);
            upgraded = true;
        } finally {
            if (!upgraded) {
                release.run();
            }
        }
    }

    private static void upgrade(Context context, Session.Listener socket) throws IOException {
        JettyWebSocketServerContainer container =
                JettyWebSocketServerContainer.getContainer(context.req().getServletContext());
        boolean upgraded;
        AuditTrail.opening(context);
        try {
            upgraded = container.upgrade((_, _) -> socket, original(context.req()), context.res());
        } catch (HttpException.RuntimeException malformed) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "It is not a WebSocket handshake: " + malformed.getMessage(), malformed);
        }
        if (!upgraded) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "It is not a WebSocket handshake (RFC 6455): Connection: Upgrade, Sec-WebSocket-Version: 13");
        }
    }

    /**
     * Sends to a client, and waits until the data was accepted; throws a {@link CompletionException} if the client has
     * disconnected.
     */
    public static void send(Consumer<Callback> sending) {
        Callback.Completable taken = new Callback.Completable();
        sending.accept(taken);
        taken.join();
    }

    /** The request as the client sent it. */
    private static HttpServletRequest original(HttpServletRequest request) {
        return (HttpServletRequest) request.getAttribute(ORIGINAL);
    }

    private static final class Ordinary extends HttpServletRequestWrapper {
        Ordinary(HttpServletRequest request) {
            super(request);
        }

        @Override
        public @Nullable String getHeader(String name) {
            return HIDDEN.stream().anyMatch(name::equalsIgnoreCase) ? null : super.getHeader(name);
        }
    }
}
