package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.net.InetAddress;
import java.util.Set;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * Stops web pages of other sites from using this API through a visitor's browser, which may reach hosts that the page's
 * authors cannot. Only pages of the origins that {@link Cors} lists may use it.
 */
final class BrowserGuard {
    private static final Set<HandlerType> READING = Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);
    private static final Set<String> OTHER_SITES = Set.of("cross-site", "same-site");
    private static final int MAX_SHOWN = 100;

    private final String host;
    private final boolean keysAreChecked;
    private final Cors cors;

    /**
     * A guard of a listener.
     *
     * @param host that it listens on
     */
    BrowserGuard(String host, boolean keysAreChecked, Cors cors) {
        this.host = HostPort.normalizeHost(host);
        this.keysAreChecked = keysAreChecked;
        this.cors = cors;
    }

    /** Refuses requests that another site's page may have sent. */
    void check(Context context) {
        if (!keysAreChecked && !isOurs(context.req().getServerName())) {
            throw refusal(
                    ("Host is '%s'. A server that checks no keys only answers to 'localhost' and its own address: "
                                    + "any other name may belong to a web page that tries to use it.")
                            .formatted(Excerpt.of(context.req().getServerName(), MAX_SHOWN)));
        }
        boolean reads = READING.contains(context.method()) && context.header("Upgrade") == null;
        if (!reads) {
            requireOwnPage(context);
        }
    }

    /** The owner of a name can make it resolve to this server; an address cannot be rebound. */
    private boolean isOurs(String name) {
        String normal = HostPort.normalizeHost(name);
        return normal.equalsIgnoreCase("localhost") || normal.equalsIgnoreCase(host) || isLoopback(name);
    }

    private static boolean isLoopback(String name) {
        try {
            return InetAddress.ofLiteral(name).isLoopbackAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    private void requireOwnPage(Context context) {
        @Nullable String origin = context.header("Origin");
        @Nullable String site = context.header("Sec-Fetch-Site");
        if (origin != null && cors.allows(origin)) {
            return;
        }
        boolean foreign = (origin != null && !isOrigin(origin, context.header("Host")))
                || (site != null && OTHER_SITES.contains(site));
        if (foreign) {
            throw refusal(
                    ("A web page of another origin ('%s') may not do this: the API is for programs, for its own pages, "
                                    + "and for origins that HYPERFLEET_CORS_ORIGINS lists.")
                            .formatted(Excerpt.of(String.valueOf(origin), MAX_SHOWN)));
        }
    }

    private static boolean isOrigin(String origin, @Nullable String ownHost) {
        int scheme = origin.indexOf("://");
        return scheme > 0 && origin.substring(scheme + "://".length()).equalsIgnoreCase(ownHost);
    }

    private static HyperfleetException refusal(String message) {
        return new HyperfleetException(ErrorCode.FORBIDDEN, message);
    }
}
