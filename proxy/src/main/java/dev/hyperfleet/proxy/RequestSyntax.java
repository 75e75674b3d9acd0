package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Checks that every HTTP/1.1 server would read a request in the same way. HTTP/2 sends the method and the path as
 * separate strings, so they may contain spaces, which would end them in HTTP/1.1. The engine checks fields' names and
 * values.
 */
final class RequestSyntax {
    private static final String TOKEN_SYMBOLS = "!#$%&'*+-.^_`|~";
    private static final int SHOWN = 40;

    private RequestSyntax() {}

    static boolean isHttp1(Request request) {
        return request.getConnectionMetaData().getHttpVersion().getVersion() <= HttpVersion.HTTP_1_1.getVersion();
    }

    /**
     * Refuses ambiguous requests.
     *
     * @throws HyperfleetException {@link ErrorCode#BAD_REQUEST}, or {@link ErrorCode#METHOD_NOT_ALLOWED} for CONNECT and
     *     TRACE
     */
    static void check(Request request) {
        String method = request.getMethod();
        boolean isToken = !method.isEmpty() && consistsOf(method, RequestSyntax::isOfToken);
        require(isToken, "The method '%s' is not a token (RFC 9110, section 9.1).", method);
        String target = Objects.requireNonNullElse(request.getHttpURI().getPathQuery(), "");
        require(
                consistsOf(target, RequestSyntax::isVisible),
                "The path '%s' has a character that must be percent-encoded (RFC 3986, section 2.1).",
                target);
        checkHost(request);
        checkFraming(request.getHeaders());
        if (method.equals("CONNECT") || method.equals("TRACE")) {
            throw new HyperfleetException(
                    ErrorCode.METHOD_NOT_ALLOWED, method + " is not possible at a machine's port");
        }
    }

    /**
     * The engine checks this for HTTP/1.1. HTTP/2 has ":authority", and may also have a Host, which guests would get.
     */
    private static void checkHost(Request request) {
        List<HttpField> hosts = request.getHeaders().getFields(HttpHeader.HOST);
        @Nullable String authority = request.getHttpURI().getAuthority();
        boolean same =
                hosts.stream().allMatch(host -> String.valueOf(host.getValue()).equalsIgnoreCase(authority));
        require(
                isHttp1(request) || same,
                "The Host differs from the request's authority '%s'. Send one of them.",
                String.valueOf(authority));
    }

    private static void checkFraming(HttpFields headers) {
        List<String> encodings = headers.getValuesList(HttpHeader.TRANSFER_ENCODING);
        boolean isPlain = encodings.isEmpty()
                || (encodings.size() == 1 && encodings.getFirst().equalsIgnoreCase("chunked"));
        require(
                isPlain,
                "The Transfer-Encoding '%s' is not supported. Send 'chunked', once, or none.",
                String.join(", ", encodings));
    }

    private static void require(boolean valid, String otherwise, String text) {
        if (!valid) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, otherwise.formatted(SafeText.line(Excerpt.of(text, SHOWN))));
        }
    }

    private static boolean consistsOf(String text, IntPredicate allowed) {
        return text.chars().allMatch(allowed);
    }

    /** RFC 9110, section 5.6.2. */
    private static boolean isOfToken(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || (character >= '0' && character <= '9')
                || TOKEN_SYMBOLS.indexOf(character) >= 0;
    }

    private static boolean isVisible(int character) {
        return character > ' ' && character < 0x7f;
    }
}
