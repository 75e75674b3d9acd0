package dev.hyperfleet.api;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a WebSocket's request an ordinary one until its route upgrades it, so that it is authenticated, checked,
 * refused and logged like all others. Javalin would take it out of their way by the header that is hidden here.
 */
final class WebSocketRequests implements Filter {
    private static final String ORIGINAL = "hyperfleet.request";
    private static final String HIDDEN = "Sec-WebSocket-Version";

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpServletRequest original = (HttpServletRequest) request;
        request.setAttribute(ORIGINAL, original);
        chain.doFilter(original.getHeader(HIDDEN) == null ? original : new Ordinary(original), response);
    }

    /** The request as the client has sent it. */
    static HttpServletRequest original(HttpServletRequest request) {
        return (HttpServletRequest) request.getAttribute(ORIGINAL);
    }

    private static final class Ordinary extends HttpServletRequestWrapper {
        Ordinary(HttpServletRequest request) {
            super(request);
        }

        @Override
        public @Nullable String getHeader(String name) {
            return HIDDEN.equalsIgnoreCase(name) ? null : super.getHeader(name);
        }
    }
}
