package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;

/**
 * The page that sent a request, according to its browser; a page can neither set nor omit these headers. Browsers add a
 * cookie to requests from every page of the same site, which includes the pages of all machines under one domain, so a
 * cookie alone does not prove the visitor's intent.
 *
 * @param origins of the page (RFC 6454): browsers send one with each method but GET and HEAD, and with each WebSocket;
 * {@code null} if the page's referrer policy hides it
 * @param relations to the requested address: {@code Sec-Fetch-Site}, which browsers send if the address is secure or
 * under {@code localhost}
 * @param host as the browser has it, with its port unless that is the scheme's own
 * @param mayChange whether the request is not a GET or a HEAD, whose responses other pages cannot read
 */
record SendingPage(List<String> origins, List<String> relations, String host, boolean mayChange) {
    private static final String ORIGIN = "Origin";
    private static final String RELATION = "Sec-Fetch-Site";
    private static final Set<String> OWN = Set.of("same-origin", "none");
    private static final Pattern ORIGIN_FORM = Pattern.compile("(https?)://([^/?#@]+)");
    private static final Pattern PORT = Pattern.compile(":[0-9]*$");
    private static final int SHOWN = 100;

    static SendingPage of(HttpFields headers, String host, boolean mayChange) {
        return new SendingPage(headers.getValuesList(ORIGIN), headers.getValuesList(RELATION), host, mayChange);
    }

    /**
     * Refuses a request that may change something unless a page of the same host sent it. A request that does not name
     * its origin is refused, too: no browser sends such a request, and other clients can send a link's token or a key.
     */
    void requireOwn() {
        if (mayChange && !isOwn()) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    ("A link's cookie authorizes only requests from pages of this host, and this request comes "
                                    + "from %s. Send an API key (%s), or the link's token in the query.")
                            .formatted(sender(), Credentials.KEY_HEADER));
        }
    }

    /**
     * Refuses a request that may change something if a page of another host sent it; a request without a page passes.
     */
    void requireNotForeign() {
        boolean isOfAPage = !origins.isEmpty() || !relations.isEmpty();
        if (mayChange && isOfAPage && !isOwn()) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    ("API keys are not checked (DISABLE_AUTH), so pages of other hosts may not do this. The "
                                    + "request comes from %s.")
                            .formatted(sender()));
        }
    }

    String hostWithoutPort() {
        return PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
    }

    private boolean isOwn() {
        boolean isForeign = !OWN.containsAll(relations)
                || origins.size() > 1
                || origins.stream().anyMatch(origin -> !isHidden(origin) && !isOfHost(origin));
        boolean isSaid = !relations.isEmpty() || origins.stream().anyMatch(origin -> !isHidden(origin));
        return isSaid && !isForeign;
    }

    private static boolean isHidden(String origin) {
        return origin.equals("null");
    }

    /** The scheme is ignored: a reverse proxy in front of us speaks TLS, and we do not. */
    private boolean isOfHost(String origin) {
        Matcher parts = ORIGIN_FORM.matcher(origin.toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            return false;
        }
        String defaultPort = parts.group(1).equals("https") ? ":443" : ":80";
        return without(defaultPort, parts.group(2)).equals(without(defaultPort, host.toLowerCase(Locale.ROOT)));
    }

    private static String without(String port, String host) {
        return host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
    }

    private String sender() {
        if (origins.isEmpty() && relations.isEmpty()) {
            return "a client that does not name its page (Origin)";
        }
        return origins.isEmpty()
                ? "another site"
                : "a page of '%s'".formatted(SafeText.line(Excerpt.of(String.join(", ", origins), SHOWN)));
    }
}
