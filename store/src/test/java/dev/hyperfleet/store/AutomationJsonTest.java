package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.TimeToLive;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AutomationJsonTest {
    private static final HealthCheck CHECK = new HealthCheck(
            "up",
            HealthCheck.Kind.TCP,
            Optional.of(80),
            Optional.empty(),
            List.of(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            1,
            3,
            false);

    @Test
    void theStoredFormStaysAsItIs() {
        Automation automation = new Automation(
                new Sleep(Sleep.Autostop.PAUSE, Duration.ofDays(7), Optional.of(Duration.ofMinutes(9)), true),
                new RestartPolicy(RestartPolicy.When.ON_FAILURE, 7),
                List.of(
                        CHECK,
                        new HealthCheck(
                                "it's \"up\"",
                                HealthCheck.Kind.HTTP,
                                Optional.of(65535),
                                Optional.of("/ä"),
                                List.of("a", "b"),
                                Duration.ofMinutes(1),
                                Duration.ofMillis(1500),
                                Duration.ZERO,
                                2,
                                100,
                                true)),
                Optional.of(new TimeToLive(Instant.parse("2026-02-03T04:05:06.789012Z"), true)));
        assertThat(AutomationJson.text(automation)).isEqualTo("""
                {"sleep":{"autostop":"PAUSE","idleTimeout":"PT168H","suspendAfter":"PT9M","autostart":true},\
                "restart":{"when":"ON_FAILURE","maxRetries":7},\
                "checks":[{"name":"up","kind":"TCP","port":80,"path":null,"command":[],"interval":"PT10S",\
                "timeout":"PT2S","grace":"PT30S","healthyAfter":1,"unhealthyAfter":3,"gate":false},\
                {"name":"it's \\"up\\"","kind":"HTTP","port":65535,"path":"/ä","command":["a","b"],"interval":"PT1M",\
                "timeout":"PT1.5S","grace":"PT0S","healthyAfter":2,"unhealthyAfter":100,"gate":true}],\
                "timeToLive":{"expiresAt":"2026-02-03T04:05:06.789012Z","delete":true}}""");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"sleep\":{},\"restart\":{}}",
                "{\"sleep\":null,\"restart\":null,\"checks\":null,\"timeToLive\":null}",
                "{\"sleep\":{\"autostop\":null},\"later\":{\"version\":[1]}}"
            })
    void anAbsentFieldHasItsDefaultAndAnUnknownOneIsIgnored(String stored) throws SQLException {
        assertThat(AutomationJson.automation(stored)).isEqualTo(Automation.NONE);
    }

    @Test
    void aCheckAndAnEndHaveDefaultsToo() throws SQLException {
        Automation automation = AutomationJson.automation(
                "{\"checks\":[{\"name\":\"up\",\"kind\":\"TCP\",\"port\":80,\"colour\":\"red\"}],"
                        + "\"timeToLive\":{\"expiresAt\":\"2027-01-01T00:00:00Z\"}}");
        assertThat(automation.checks()).containsExactly(CHECK);
        assertThat(automation.timeToLive()).contains(new TimeToLive(Instant.parse("2027-01-01T00:00:00Z"), false));
    }

    @ParameterizedTest
    @EnumSource
    void eachAutostopComesBack(Sleep.Autostop autostop) throws SQLException {
        assertComesBack(new Automation(
                new Sleep(autostop, Duration.ofMinutes(1), Optional.empty(), false),
                RestartPolicy.NEVER,
                List.of(),
                Optional.empty()));
    }

    @ParameterizedTest
    @EnumSource
    void eachRestartPolicyComesBack(RestartPolicy.When when) throws SQLException {
        assertComesBack(new Automation(Sleep.NEVER, new RestartPolicy(when, 3), List.of(), Optional.empty()));
    }

    private static void assertComesBack(Automation automation) throws SQLException {
        assertThat(AutomationJson.automation(AutomationJson.text(automation))).isEqualTo(automation);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"checks\":[{\"name\":\"up\"}]}",
                "{\"checks\":[{\"name\":\"up\",\"kind\":\"ICMP\"}]}",
                "{\"restart\":{\"when\":\"NEVER\"}}",
                "{\"restart\":{\"maxRetries\":-1}}",
                "{\"sleep\":{\"idleTimeout\":\"soon\"}}",
                "{\"timeToLive\":{}}"
            })
    void whatCannotBeUnderstoodIsAnError(String stored) {
        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> AutomationJson.automation(stored));
    }
}
