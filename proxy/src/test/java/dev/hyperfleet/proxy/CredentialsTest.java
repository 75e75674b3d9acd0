package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialsTest {
    private static HttpFields of(String name, String value) {
        return HttpFields.build().add("Accept", "*/*").add(name, value);
    }

    @ParameterizedTest
    @CsvSource({
        "Authorization, Bearer hf_abc, hf_abc",
        "authorization, bearer  hf_abc, hf_abc",
        "Authorization, Bearer hf_abc and more, hf_abc and more",
        "X-Hyperfleet-Key, hf_abc, hf_abc",
        "x-hyperfleet-key, anything, anything"
    })
    void ourKeysAreTakenOut(String name, String value, String key) {
        Credentials credentials = Credentials.take(of(name, value), "/");
        assertThat(credentials.key()).contains(key);
        assertThat(credentials.headers().getFieldNamesCollection()).containsExactly("Accept");
    }

    @ParameterizedTest
    @CsvSource({"Authorization, Bearer own", "Authorization, Basic aGZfOg==", "X-Key, hf_abc"})
    void othersAreLeft(String name, String value) {
        Credentials credentials = Credentials.take(of(name, value), "/");
        assertThat(credentials.key()).isEmpty();
        assertThat(credentials.headers().get(name)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({
        "/a, /a, ",
        "/a?hyperfleet_link=1.x, /a, 1.x",
        "/a?b=1&hyperfleet_link=1.x&c=2, /a?b=1&c=2, 1.x",
        "/a?&b&&hyperfleet_link=1.x&&, /a?&b&&&, 1.x",
        "/a?hyperfleet_link=1.x&hyperfleet_link=2.y, /a, 1.x",
        "/a?my_hyperfleet_link=1.x, /a?my_hyperfleet_link=1.x, ",
        "/hyperfleet_link=1.x, /hyperfleet_link=1.x, ",
        "/a?, /a?, "
    })
    void aLinkIsTakenOutOfTheQuery(String path, String left, @org.jspecify.annotations.Nullable String link) {
        Credentials credentials = Credentials.take(HttpFields.EMPTY, path);
        assertThat(credentials.pathQuery()).isEqualTo(left);
        assertThat(credentials.link()).isEqualTo(java.util.Optional.ofNullable(link));
    }

    @Test
    void ourCookiesAreTakenOutAndOthersLeft() {
        Credentials credentials =
                Credentials.take(of("Cookie", "a=1; hyperfleet_link=1.x;b=2 ;hyperfleet_link=2.y"), "/");
        assertThat(credentials.cookies()).containsExactly("1.x", "2.y");
        assertThat(credentials.headers().get("Cookie")).isEqualTo("a=1; b=2");
        assertThat(Credentials.take(of("Cookie", "hyperfleet_link=1.x"), "/")
                        .headers()
                        .contains("Cookie"))
                .isFalse();
    }

    @Test
    void nothingOfThemIsLeftForTheGuestWhereverTheRequestEnds() throws IOException {
        assertThat(Seeds.cutAnywhere(CredentialsFuzz.class))
                .allSatisfy(request -> assertThatCode(() -> CredentialsFuzz.fuzzerTestOneInput(request))
                        .doesNotThrowAnyException());
    }
}
