package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.proxy.Target.Naming;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    private static final Naming NAMING = Naming.of("proxy", ".preview.example");

    @ParameterizedTest
    @CsvSource({
        "x, /proxy/web/80/, web, 80, /, /proxy/web/80",
        "x, /proxy/Web-1.x/65535/a/b?c=/d, Web-1.x, 65535, /a/b?c=/d, /proxy/Web-1.x/65535",
        "x, /proxy/web/80?a, web, 80, ?a, /proxy/web/80",
        "x, /proxy/web/80/../../y/22/, web, 80, /../../y/22/, /proxy/web/80",
        "80-web.preview.example, /a?b, web, 80, /a?b, ''",
        "80-WEB.Preview.Example, /, web, 80, /, ''",
        "80-web.preview.example, /proxy/other/81/, web, 80, /proxy/other/81/, ''"
    })
    void aHostOrAPathNamesOneMachineAndOnePort(
            String host, String path, String machine, int port, String rest, String prefix) {
        assertThat(Target.of(NAMING, host, path)).contains(new Target(machine, port, rest, prefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/proxy",
                "/proxy/web",
                "/proxy/web/",
                "/proxy/web/0/",
                "/proxy/web/080/",
                "/proxy/web/65536/",
                "/proxy/web/99999/",
                "/proxy/web/80x/",
                "/proxy/web/80;/",
                "/proxy/we%62/80/",
                "/proxy//80/",
                "/Proxy/web/80/",
                "//proxy/web/80/",
                "*",
                "http://x/proxy/web/80/"
            })
    void whatIsNotExactlyThatNamesNothing(String path) {
        assertThat(Target.of(NAMING, "x", path)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "web.preview.example",
                "0-web.preview.example",
                "80-.preview.example",
                "80-web.preview.example.evil",
                "80-web.preview_example",
                "80-web.previewXexample",
                "80-we/b.preview.example"
            })
    void norDoesAHostThatIsNot(String host) {
        assertThat(Target.of(NAMING, host, "/")).isEmpty();
    }

    @Test
    void withoutASuffixHostsSayNothing() {
        assertThat(Target.of(Naming.of("proxy", ""), "80-web", "/")).isEmpty();
    }
}
