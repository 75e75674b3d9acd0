package dev.hyperfleet.proxy;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.http.RequestIds;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/** Removes a message's hop-by-hop headers, and adds those that tell the guest about a request. */
final class Headers {

    /** RFC 9110, section 7.6.1, and the framing of a body, which the proxy does itself. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "transfer-encoding",
            "upgrade");

    /** Headers that only we set; a client's own values are dropped, or appended to if it is trusted. */
    private static final Set<String> OURS = Set.of(
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-prefix",
            "x-forwarded-proto",
            "x-forwarded-server",
            "x-hyperfleet-key",
            "x-machine-id",
            "x-real-ip",
            "x-request-id");

    /** Any other field with this prefix is accepted only from trusted forwarders. */
    private static final String FORWARDED = "x-forwarded-";

    private Headers() {}

    /**
     * The origin of a request.
     *
     * @param address of the client
     * @param trusted whether to trust its forwarding headers
     * @param host the host name that the client used
     */
    record Origin(String address, boolean trusted, String host) {}

    /** Headers for the guest, from a request without our credentials. */
    static HttpFields.Mutable toGuest(
            HttpFields headers, Origin origin, Target target, MachineId machine, String requestId) {
        HttpFields.Mutable sent = HttpFields.build();
        sent.put(HttpHeader.HOST, origin.host());
        Set<String> listed = listedInConnection(headers);
        for (HttpField field : headers) {
            String name = field.getLowerCaseName();
            if (!isForNextHop(name)
                    && !listed.contains(name)
                    && !isOurs(name, origin.trusted())
                    && field.getHeader() != HttpHeader.HOST
                    && field.getHeader() != HttpHeader.COOKIE
                    && field.getHeader() != HttpHeader.CONTENT_LENGTH) {
                sent.add(field);
            }
        }
        List<String> cookies = headers.getValuesList(HttpHeader.COOKIE);
        if (!cookies.isEmpty()) {
            sent.put(HttpHeader.COOKIE, String.join("; ", cookies)); // HTTP/2 may send each in its own field
        }
        addForwarded(sent, headers, origin);
        if (!target.prefix().isEmpty()) {
            sent.put("X-Forwarded-Prefix", target.prefix());
        }
        sent.put("X-Machine-Id", machine.value());
        sent.put(RequestIds.HEADER, requestId);
        return sent;
    }

    /** CGI and its successors treat underscores like hyphens. */
    static boolean isOurs(String lowerCaseName, boolean trusted) {
        String name = lowerCaseName.replace('_', '-');
        return OURS.contains(name) || (!trusted && name.startsWith(FORWARDED));
    }

    static boolean isForNextHop(String lowerCaseName) {
        return HOP_BY_HOP.contains(lowerCaseName);
    }

    private static void addForwarded(HttpFields.Mutable sent, HttpFields received, Origin origin) {
        String protocol = trusted(received, origin, "X-Forwarded-Proto", "http");
        String host = trusted(received, origin, "X-Forwarded-Host", origin.host());
        String before = origin.trusted() ? joined(received, "X-Forwarded-For") : "";
        sent.put("X-Forwarded-For", before.isEmpty() ? origin.address() : before + ", " + origin.address());
        sent.put("X-Forwarded-Proto", protocol);
        sent.put("X-Forwarded-Host", host);
        String forwarded = "for=%s;host=%s;proto=%s"
                .formatted(quoted(HostPort.normalizeHost(origin.address())), quoted(host), quoted(protocol));
        String chain = origin.trusted() ? joined(received, "Forwarded") : "";
        sent.put("Forwarded", chain.isEmpty() ? forwarded : chain + ", " + forwarded);
    }

    /** The last value from a trusted client. */
    static String trusted(HttpFields received, Origin origin, String name, String otherwise) {
        if (!origin.trusted()) {
            return otherwise;
        }
        List<HttpField> said = received.getFields(name);
        return said.isEmpty() ? otherwise : String.valueOf(said.getLast().getValue());
    }

    /** The client of a request: its sender, or the client that a trusted forwarder names. */
    static String client(HttpFields received, Origin origin) {
        String chain = trusted(received, origin, "X-Forwarded-For", origin.address());
        return chain.substring(chain.lastIndexOf(',') + 1).strip();
    }

    private static String joined(HttpFields headers, String name) {
        return headers.getFields(name).stream()
                .map(field -> String.valueOf(field.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String quoted(String value) {
        return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /**
     * Headers for the client, from a guest's response. The request's id and a link's cookie are ours: with access by
     * path, a guest could replace those of other machines.
     */
    static HttpFields toClient(HttpFields headers) {
        HttpFields.Mutable sent = HttpFields.build();
        Set<String> listed = listedInConnection(headers);
        for (HttpField field : headers) {
            String name = field.getLowerCaseName();
            if (!isForNextHop(name)
                    && !listed.contains(name)
                    && !name.equalsIgnoreCase(RequestIds.HEADER)
                    && !Credentials.isLinkCookie(field)) {
                sent.add(field);
            }
        }
        return sent;
    }

    private static Set<String> listedInConnection(HttpFields headers) {
        return headers.getValuesList(HttpHeader.CONNECTION).stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    /** The protocol that these headers ask to switch to, if any. */
    static String upgrade(HttpFields headers) {
        @Nullable String protocol = headers.get(HttpHeader.UPGRADE);
        return protocol != null && listedInConnection(headers).contains("upgrade") ? protocol : "";
    }
}
