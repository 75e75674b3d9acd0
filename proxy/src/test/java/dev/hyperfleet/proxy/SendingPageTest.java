package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SendingPageTest {
    private static SendingPage page(
            @Nullable String origin, @Nullable String relation, String host, boolean mayChange) {
        HttpFields.Mutable headers = HttpFields.build();
        if (origin != null) {
            headers.add("Origin", origin);
        }
        if (relation != null) {
            headers.add("Sec-Fetch-Site", relation);
        }
        return SendingPage.of(headers, host, mayChange);
    }

    /** Origin, Sec-Fetch-Site, Host. */
    @ParameterizedTest
    @CsvSource({
        "http://8080-a.localhost:4000, , 8080-a.localhost:4000",
        "http://8080-a.localhost:4000, same-origin, 8080-a.localhost:4000",
        "https://8080-a.example.com, , 8080-a.example.com",
        "https://8080-a.example.com, , 8080-a.example.com:443",
        "https://8080-a.example.com:443, , 8080-a.example.com",
        "http://8080-a.example.com, , 8080-a.example.com:80",
        "https://8080-A.Example.com, , 8080-a.example.com",
        "http://[::1]:4000, , [::1]:4000",
        "http://[::1], , [::1]:80",
        "null, same-origin, 8080-a.localhost",
        ", same-origin, 8080-a.localhost",
        ", none, 8080-a.localhost"
    })
    void aPageOfTheSameHostMayDoAnything(@Nullable String origin, @Nullable String relation, String host) {
        assertThatCode(() -> page(origin, relation, host, true).requireOwn()).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "http://8080-evil.localhost:4000, , 8080-a.localhost:4000",
        "http://8080-a.localhost:4001, , 8080-a.localhost:4000",
        "http://8080-a.localhost, , 8080-a.localhost:4000",
        "http://8080-a.localhost:4000, , 8080-a.localhost",
        "https://8080-a.example.com, , 8080-a.example.com:80",
        "http://8080-a.example.com.evil.org, , 8080-a.example.com",
        "http://evil.org/8080-a.example.com, , 8080-a.example.com",
        "http://8080-a.example.com@evil.org, , 8080-a.example.com",
        "file://8080-a.example.com, , 8080-a.example.com",
        "8080-a.example.com, , 8080-a.example.com",
        "null, , 8080-a.localhost",
        "'', , 8080-a.localhost",
        "'http://8080-a.localhost http://8080-a.localhost', , 8080-a.localhost",
        "http://8080-a.localhost, same-site, 8080-a.localhost",
        "http://8080-a.localhost, cross-site, 8080-a.localhost",
        "http://8080-a.localhost, Same-Origin, 8080-a.localhost",
        "http://8080-evil.localhost, same-origin, 8080-a.localhost",
        "null, cross-site, 8080-a.localhost",
        ", same-site, 8080-a.localhost",
        ", , 8080-a.localhost"
    })
    void anyOtherMayOnlyRead(@Nullable String origin, @Nullable String relation, String host) {
        assertThatThrownBy(() -> page(origin, relation, host, true).requireOwn())
                .isInstanceOfSatisfying(
                        HyperfleetException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.FORBIDDEN))
                .hasMessageContaining("X-Hyperfleet-Key");
        assertThatCode(() -> page(origin, relation, host, false).requireOwn()).doesNotThrowAnyException();
    }

    @Test
    void aSecondOriginIsNotOverlooked() {
        HttpFields headers =
                HttpFields.build().add("Origin", "http://8080-a.localhost").add("Origin", "http://8080-a.localhost");
        assertThatThrownBy(
                        () -> SendingPage.of(headers, "8080-a.localhost", true).requireOwn())
                .isInstanceOf(HyperfleetException.class);
    }
}
