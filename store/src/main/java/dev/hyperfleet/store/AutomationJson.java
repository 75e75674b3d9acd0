package dev.hyperfleet.store;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.TimeToLive;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A machine's automation as stored in the column {@code automation}: a JSON object whose fields are the components
 * here. Durations and times are in ISO 8601. A field that is absent or null has a default, and an unknown field is
 * ignored.
 */
record AutomationJson(
        @Nullable SleepJson sleep,
        @Nullable RestartJson restart,
        @Nullable List<HealthCheckJson> checks,
        @Nullable TimeToLiveJson timeToLive) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final EnumNames<Sleep.Autostop> AUTOSTOPS =
            new EnumNames<>(Sleep.Autostop.class, autostop -> switch (autostop) {
                case OFF -> "OFF";
                case STOP -> "STOP";
                case PAUSE -> "PAUSE";
                case SUSPEND -> "SUSPEND";
            });
    private static final EnumNames<RestartPolicy.When> RESTARTS =
            new EnumNames<>(RestartPolicy.When.class, when -> switch (when) {
                case NO -> "NO";
                case ON_FAILURE -> "ON_FAILURE";
                case ALWAYS -> "ALWAYS";
            });

    /** The automation as JSON. */
    static String text(Automation automation) {
        return JSON.writeValueAsString(new AutomationJson(
                SleepJson.of(automation.sleep()),
                RestartJson.of(automation.restart()),
                automation.checks().stream().map(HealthCheckJson::of).toList(),
                automation.timeToLive().map(TimeToLiveJson::of).orElse(null)));
    }

    /**
     * The automation from JSON that {@link #text} of this version or an earlier one has written.
     *
     * @throws SQLException if it is malformed, or has an unknown value
     */
    static Automation automation(String text) throws SQLException {
        try {
            return JSON.readValue(text, AutomationJson.class).automation();
        } catch (JacksonException | IllegalArgumentException failure) {
            throw new SQLException("cannot read the automation " + text, failure);
        }
    }

    private Automation automation() throws SQLException {
        List<HealthCheckJson> stored = requireNonNullElse(checks, List.of());
        List<HealthCheck> found = new ArrayList<>(stored.size());
        for (HealthCheckJson check : stored) {
            found.add(check.check());
        }
        return new Automation(
                requireNonNullElse(sleep, SleepJson.EMPTY).sleep(),
                requireNonNullElse(restart, RestartJson.EMPTY).policy(),
                found,
                Optional.ofNullable(timeToLive).map(TimeToLiveJson::timeToLive));
    }

    record SleepJson(
            @Nullable String autostop,
            @Nullable Duration idleTimeout,
            @Nullable Duration suspendAfter,
            @Nullable Boolean autostart) {
        static final SleepJson EMPTY = new SleepJson(null, null, null, null);

        static SleepJson of(Sleep sleep) {
            return new SleepJson(
                    AUTOSTOPS.name(sleep.autostop()),
                    sleep.idleTimeout(),
                    sleep.suspendAfter().orElse(null),
                    sleep.autostart());
        }

        Sleep sleep() throws SQLException {
            return new Sleep(
                    AUTOSTOPS.constant("autostop", requireNonNullElse(autostop, "OFF")),
                    requireNonNullElse(idleTimeout, Duration.ofMinutes(5)),
                    Optional.ofNullable(suspendAfter),
                    requireNonNullElse(autostart, false));
        }
    }

    record RestartJson(@Nullable String when, @Nullable Integer maxRetries) {
        static final RestartJson EMPTY = new RestartJson(null, null);

        static RestartJson of(RestartPolicy policy) {
            return new RestartJson(RESTARTS.name(policy.when()), policy.maxRetries());
        }

        RestartPolicy policy() throws SQLException {
            return new RestartPolicy(
                    RESTARTS.constant("restart policy", requireNonNullElse(when, "NO")),
                    requireNonNullElse(maxRetries, 10));
        }
    }

    record TimeToLiveJson(
            @JsonProperty(required = true) Instant expiresAt,
            @Nullable Boolean delete) {
        static TimeToLiveJson of(TimeToLive end) {
            return new TimeToLiveJson(end.expiresAt(), end.delete());
        }

        TimeToLive timeToLive() {
            return new TimeToLive(expiresAt, requireNonNullElse(delete, false));
        }
    }
}
