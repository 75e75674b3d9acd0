package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogTest {
    private static LoggingEvent event() {
        LoggingEvent event = new LoggingEvent(
                "",
                new LoggerContext().getLogger("http"),
                Level.WARN,
                "request",
                new IllegalStateException("why"),
                null);
        event.setInstant(Instant.parse("2027-01-31T12:00:00.5Z"));
        event.setMDCPropertyMap(Map.of("request_id", "4f1d"));
        event.setKeyValuePairs(List.of(
                new KeyValuePair("status", 507),
                new KeyValuePair("nothing", null),
                new KeyValuePair("path", "/a\u001b]0;x\u0007\nb")));
        return event;
    }

    @Test
    void forProgramsALineIsAFlatObject() {
        String line = new String(new JsonLog().encode(event()), StandardCharsets.UTF_8);
        assertThat(line).endsWith("}\n").hasLineCount(1);
        JsonNode object = JsonMapper.shared().readTree(line);
        assertThat(object.get("time").asString()).isEqualTo("2027-01-31T12:00:00.500Z");
        assertThat(object.get("level").asString()).isEqualTo("WARN");
        assertThat(object.get("message").asString()).isEqualTo("request");
        assertThat(object.get("request_id").asString()).isEqualTo("4f1d");
        assertThat(object.get("status").isInt()).isTrue();
        assertThat(object.has("nothing")).isFalse();
        assertThat(object.get("exception").asString()).contains("IllegalStateException: why", "LogTest");
    }

    @Test
    void forPeopleALineHasNoPowerOverTheTerminal() {
        String line = new String(new TextLog().encode(event()), StandardCharsets.UTF_8);
        assertThat(line.lines().findFirst().orElseThrow())
                .matches("[0-9:]{8} WARN +request +request_id=4f1d +status=507 +path=/a.*");
        assertThat(line).doesNotContain("\u001b", "\u0007");
    }

    @Test
    void theFormIsChosenByTheSettingAlone() {
        assertThat(LogForm.of(Map.of("HYPERFLEET_LOG", "text"))).isEqualTo(LogForm.TEXT);
        assertThat(LogForm.of(Map.of("HYPERFLEET_LOG", "json"))).isEqualTo(LogForm.JSON);
        assertThatThrownBy(() -> LogForm.of(Map.of("HYPERFLEET_LOG", "xml")))
                .hasMessage("HYPERFLEET_LOG is 'xml': it must be text or json");
    }
}
