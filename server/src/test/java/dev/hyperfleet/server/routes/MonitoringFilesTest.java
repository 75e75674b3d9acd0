package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The dashboard and the alert rules of a release: a metric that does not exist would never show or tell anything. */
@ExtendWith(SharedServer.class)
class MonitoringFilesTest {
    /** Prometheus' own series for each server that it asks. */
    private static final Set<String> OF_PROMETHEUS = Set.of("up");

    private static final Pattern METRIC = Pattern.compile("\\b(?:up|(?:hyperfleet|jvm|process)_[a-z0-9_]+)\\b");

    private final Client client;
    private Set<String> existing = Set.of();

    MonitoringFilesTest(Shared shared) {
        this.client = shared.client();
    }

    @BeforeEach
    void readTheServersMetrics() {
        expect(200, client.get("/machines")); // it counts requests that have ended
        existing = new String(expect(200, client.get("/metrics")).body(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    @Test
    void theDashboardShowsMetricsThatExist() {
        JsonNode dashboard = JsonMapper.shared()
                .readTree(Path.of("../dist/grafana/hyperfleet.json").toFile());
        List<String> expressions = dashboard.findValuesAsString("expr");
        assertThat(expressions).hasSizeGreaterThan(20);
        assertThat(expressions).allSatisfy(this::usesExistingMetrics);
    }

    @Test
    void alertsAreAboutMetricsThatExist() {
        JsonNode rules = new YAMLMapper()
                .readTree(Path.of("../dist/prometheus/alerts.yml").toFile())
                .get("groups")
                .get(0)
                .get("rules");
        assertThat(rules).isNotEmpty().allSatisfy(rule -> {
            usesExistingMetrics(rule.get("expr").asString());
            assertThat(rule.at("/annotations/summary").asString()).isNotEmpty();
            assertThat(rule.at("/annotations/description").asString()).isNotEmpty();
        });
    }

    private void usesExistingMetrics(String expression) {
        Set<String> used = METRIC.matcher(expression.replaceAll("\"[^\"]*\"", ""))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toSet());
        assertThat(used).as(expression).isNotEmpty();
        used.removeAll(OF_PROMETHEUS);
        assertThat(existing).as(expression).containsAll(used);
    }
}
