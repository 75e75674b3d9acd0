package dev.hyperfleet.proxy;

import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.PortLinks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;

/**
 * Our own credentials, removed from a request: the guest must not see them.
 *
 * @param key an API key
 * @param link a link's token from the query
 * @param cookies links' tokens from cookies
 * @param headers the request's headers without any of these
 * @param pathQuery its path and query, likewise
 */
record Credentials(
        Optional<String> key, Optional<String> link, List<String> cookies, HttpFields headers, String pathQuery) {
    static final String KEY_HEADER = "X-Hyperfleet-Key";
    static final String COOKIE = PortLinks.PARAMETER;

    /** Including any text after it: malformed API keys are never forwarded to guests. */
    private static final Pattern BEARER = Pattern.compile("(?is)Bearer\\s+(" + ApiKeys.PREFIX + ".*)");

    static Credentials take(HttpFields headers, String pathQuery) {
        List<String> keys = new ArrayList<>();
        List<String> cookies = new ArrayList<>();
        HttpFields.Mutable others = HttpFields.build();
        for (HttpField field : headers) {
            Optional<String> bearer = bearer(field);
            if (field.getName().equalsIgnoreCase(KEY_HEADER)) {
                keys.add(String.valueOf(field.getValue()));
            } else if (bearer.isPresent()) {
                keys.add(bearer.get());
            } else if (field.getHeader() == HttpHeader.COOKIE) {
                takeCookies(field, cookies).ifPresent(others::add);
            } else {
                others.add(field);
            }
        }
        List<String> links = new ArrayList<>();
        String path = takeLink(pathQuery, links);
        return new Credentials(
                keys.stream().findFirst(), links.stream().findFirst(), List.copyOf(cookies), others, path);
    }

    /** One of our API keys in the header for any kind of credentials. */
    private static Optional<String> bearer(HttpField field) {
        if (field.getHeader() != HttpHeader.AUTHORIZATION) {
            return Optional.empty();
        }
        Matcher bearer = BEARER.matcher(String.valueOf(field.getValue()));
        return bearer.matches() ? Optional.of(bearer.group(1).strip()) : Optional.empty();
    }

    private static Optional<HttpField> takeCookies(HttpField field, List<String> ours) {
        String value = String.valueOf(field.getValue());
        if (!value.toLowerCase(Locale.ROOT).contains(COOKIE)) {
            return Optional.of(field);
        }
        String others = Stream.of(value.split(";"))
                .filter(cookie -> {
                    boolean isOurs = isNamedAsOurs(cookie);
                    int equals = cookie.indexOf('=');
                    if (isOurs && equals >= 0) {
                        ours.add(cookie.substring(equals + 1).strip());
                    }
                    return !isOurs;
                })
                .map(String::strip)
                .collect(Collectors.joining("; "));
        return others.isEmpty() ? Optional.empty() : Optional.of(new HttpField(HttpHeader.COOKIE, others));
    }

    /** Whether a response's header sets a cookie with the name of links' cookies. */
    static boolean isLinkCookie(HttpField field) {
        return field.getHeader() == HttpHeader.SET_COOKIE && isNamedAsOurs(String.valueOf(field.getValue()));
    }

    private static boolean isNamedAsOurs(String cookie) {
        return cookie.split("[=;]", 2)[0].strip().equalsIgnoreCase(COOKIE);
    }

    private static String takeLink(String pathQuery, List<String> links) {
        int question = pathQuery.indexOf('?');
        if (question < 0 || !pathQuery.contains(PortLinks.PARAMETER)) {
            return pathQuery;
        }
        String others = Stream.of(pathQuery.substring(question + 1).split("&", -1))
                .filter(parameter -> {
                    boolean isOurs =
                            parameter.startsWith(PortLinks.PARAMETER + "=") || parameter.equals(PortLinks.PARAMETER);
                    if (isOurs) {
                        links.add(parameter.substring(parameter.indexOf('=') + 1));
                    }
                    return !isOurs;
                })
                .collect(Collectors.joining("&"));
        return pathQuery.substring(0, question) + (others.isEmpty() ? "" : "?" + others);
    }
}
