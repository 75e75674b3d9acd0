package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrailersTest {
    private static HttpFields of(String name) {
        return HttpFields.build().add("X-Sum", "1").add(name, "x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization",
                "Proxy-Authorization",
                "Cookie",
                "Host",
                "Content-Length",
                "Content-Type",
                "Content-Encoding",
                "Content-Range",
                "Transfer-Encoding",
                "Connection",
                "Upgrade",
                "TE",
                "Trailer",
                "Expect",
                "Range",
                "If-Match",
                "If-Modified-Since",
                "Cache-Control",
                "X-Request-Id"
            })
    void whatIsForHeadersAloneGoesNeitherWay(String name) {
        assertThat(Trailers.toGuest(of(name)).getFieldNamesCollection()).containsExactly("X-Sum");
        assertThat(Trailers.toClient(of(name)).getFieldNamesCollection()).containsExactly("X-Sum");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Hyperfleet-Key",
                "x_hyperfleet_key",
                "X-Machine-Id",
                "X_Machine_Id",
                "Forwarded",
                "X-Forwarded-For",
                "X-Forwarded-User",
                "X-Real-IP"
            })
    void whatOnlyWeSayIsNotTakenFromAClient(String name) {
        assertThat(Trailers.toGuest(of(name)).getFieldNamesCollection()).containsExactly("X-Sum");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Set-Cookie", "Location", "WWW-Authenticate", "Vary", "Age", "Date", "Retry-After"})
    void aGuestDoesNotControlItsResponseAfterwards(String name) {
        assertThat(Trailers.toClient(of(name)).getFieldNamesCollection()).containsExactly("X-Sum");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Digest", "ETag", "Server-Timing", "grpc-status", "X-Mine"})
    void othersGoBothWays(String name) {
        assertThat(Trailers.toGuest(of(name)).contains(name)).isTrue();
        assertThat(Trailers.toClient(of(name)).contains(name)).isTrue();
    }
}
