package dev.hyperfleet.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.proxy.Headers.Origin;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;

class HeadersTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final Target TARGET = new Target("web", 80, "/", "/proxy/web/80");
    private static final Origin STRANGER = new Origin("192.0.2.7", false, "proxy.example");
    private static final Origin FRIEND = new Origin("192.0.2.7", true, "proxy.example");

    private static HttpFields toGuest(HttpFields headers, Origin origin) {
        return Headers.toGuest(headers, origin, TARGET, ID, "request").asImmutable();
    }

    @Test
    void whatIsForTheNextHopAloneGoesNoFurther() {
        HttpFields sent = toGuest(
                HttpFields.build()
                        .add("Connection", "close, X-Private")
                        .add("X-Private", "1")
                        .add("Keep-Alive", "timeout=5")
                        .add("TE", "trailers")
                        .add("Upgrade", "h2c")
                        .add("Proxy-Authorization", "Basic x")
                        .add("Transfer-Encoding", "chunked")
                        .add("Content-Length", "3")
                        .add("X-Kept", "2"),
                STRANGER);
        assertThat(sent.getFieldNamesCollection())
                .containsExactlyInAnyOrder(
                        "Host",
                        "X-Kept",
                        "X-Forwarded-For",
                        "X-Forwarded-Proto",
                        "X-Forwarded-Host",
                        "X-Forwarded-Prefix",
                        "Forwarded",
                        "X-Machine-Id",
                        "X-Request-Id");
    }

    @Test
    void whatAStrangerSaysOfWhereItComesFromIsDropped() {
        HttpFields sent = toGuest(forged(), STRANGER);
        assertThat(sent.getValuesList("X-Forwarded-For")).containsExactly("192.0.2.7");
        assertThat(sent.get("X-Forwarded-Proto")).isEqualTo("http");
        assertThat(sent.get("X-Forwarded-Host")).isEqualTo("proxy.example");
        assertThat(sent.getFields("Forwarded")).hasSize(1);
        assertThat(sent.get("Forwarded")).isEqualTo("for=\"192.0.2.7\";host=\"proxy.example\";proto=\"http\"");
        assertThat(sent.get("X-Machine-Id")).isEqualTo("abcdefghijkl");
    }

    @Test
    void whatATrustedClientSaysIsContinued() {
        HttpFields sent = toGuest(forged(), FRIEND);
        assertThat(sent.get("X-Forwarded-For")).isEqualTo("6.6.6.6, 192.0.2.7");
        assertThat(sent.get("X-Forwarded-Proto")).isEqualTo("https");
        assertThat(sent.get("X-Forwarded-Host")).isEqualTo("evil.example");
        assertThat(sent.get("Forwarded")).startsWith("for=6.6.6.6, for=\"192.0.2.7\";");
        assertThat(sent.get("X-Machine-Id")).as("this is ours alone").isEqualTo("abcdefghijkl");
    }

    /** CGI and its successors give X_Machine_Id and X-Machine-Id to programs under one name. */
    @Test
    void anUnderscoreIsNoWayAroundThat() {
        HttpFields sent = toGuest(
                HttpFields.build()
                        .add("X_Machine_Id", "zzzzzzzzzzzz")
                        .add("X_Forwarded-For", "6.6.6.6")
                        .add("x_request_id", "forged")
                        .add("X_Hyperfleet_Key", "hf_abc")
                        .add("X_Mine", "1"),
                FRIEND);
        assertThat(sent.getFieldNamesCollection())
                .filteredOn(name -> name.contains("_"))
                .containsExactly("X_Mine");
    }

    @Test
    void onlyATrustedClientSaysWhoItForwardsFor() {
        HttpFields said = HttpFields.build().add("X-Forwarded-User", "admin");
        assertThat(toGuest(said, STRANGER).contains("X-Forwarded-User")).isFalse();
        assertThat(toGuest(said, FRIEND).get("X-Forwarded-User")).isEqualTo("admin");
    }

    private static HttpFields forged() {
        return HttpFields.build()
                .add("X-Forwarded-For", "6.6.6.6")
                .add("X-Forwarded-Proto", "https")
                .add("X-Forwarded-Host", "evil.example")
                .add("Forwarded", "for=6.6.6.6")
                .add("X-Machine-Id", "zzzzzzzzzzzz");
    }

    @Test
    void cookiesThatCameApartGoTogether() {
        HttpFields sent = toGuest(HttpFields.build().add("Cookie", "a=1").add("Cookie", "b=2"), STRANGER);
        assertThat(sent.getValuesList("Cookie")).containsExactly("a=1; b=2");
    }

    @Test
    void aGuestsHopHeadersEndHereToo() {
        HttpFields sent = Headers.toClient(HttpFields.build()
                .add("Connection", "X-Gone")
                .add("X-Gone", "1")
                .add("Transfer-Encoding", "chunked")
                .add("Set-Cookie", "a=1")
                .add("Set-Cookie", "b=2"));
        assertThat(sent.getValuesList("Set-Cookie")).containsExactly("a=1", "b=2");
        assertThat(sent.size()).isEqualTo(2);
    }

    @Test
    void aGuestSetsNeitherALinksCookieNorARequestsId() {
        HttpFields sent = Headers.toClient(HttpFields.build()
                .add("Set-Cookie", "hyperfleet_link=; Path=/proxy/other/80/; Max-Age=0")
                .add("Set-Cookie", " Hyperfleet_Link =1.x")
                .add("Set-Cookie", "hyperfleet_link")
                .add("Set-Cookie", "my_hyperfleet_link=1")
                .add("X-Request-Id", "forged"));
        assertThat(sent).hasSize(1);
        assertThat(sent.get("Set-Cookie")).isEqualTo("my_hyperfleet_link=1");
    }
}
