package dev.hyperfleet.store;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.hyperfleet.core.machine.HealthCheck;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A health check in {@link AutomationJson}. All fields but name and kind have a default. */
record HealthCheckJson(
        @JsonProperty(required = true) String name,
        @JsonProperty(required = true) String kind,
        @Nullable Integer port,
        @Nullable String path,
        @Nullable List<String> command,
        @Nullable Duration interval,
        @Nullable Duration timeout,
        @Nullable Duration grace,
        @Nullable Integer healthyAfter,
        @Nullable Integer unhealthyAfter,
        @Nullable Boolean gate) {
    private static final EnumNames<HealthCheck.Kind> KINDS =
            new EnumNames<>(HealthCheck.Kind.class, kind -> switch (kind) {
                case HTTP -> "HTTP";
                case TCP -> "TCP";
                case EXEC -> "EXEC";
            });

    static HealthCheckJson of(HealthCheck check) {
        return new HealthCheckJson(
                check.name(),
                KINDS.name(check.kind()),
                check.port().orElse(null),
                check.path().orElse(null),
                check.command(),
                check.interval(),
                check.timeout(),
                check.grace(),
                check.healthyAfter(),
                check.unhealthyAfter(),
                check.gate());
    }

    HealthCheck check() throws SQLException {
        return new HealthCheck(
                name,
                KINDS.constant("kind of health check", kind),
                Optional.ofNullable(port),
                Optional.ofNullable(path),
                requireNonNullElse(command, List.of()),
                requireNonNullElse(interval, Duration.ofSeconds(10)),
                requireNonNullElse(timeout, Duration.ofSeconds(2)),
                requireNonNullElse(grace, Duration.ofSeconds(30)),
                requireNonNullElse(healthyAfter, 1),
                requireNonNullElse(unhealthyAfter, 3),
                requireNonNullElse(gate, false));
    }
}
