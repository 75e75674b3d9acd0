package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Sleep.Autostop;
import dev.hyperfleet.core.machine.TimeToLive;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.ScopedPart;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The settings of a machine in a request's body: those that can be changed. */
final class MachineBody {
    static final List<String> SETTINGS = List.of(
            "exposed_ports",
            "public_ports",
            "autostop",
            "idle_timeout",
            "suspend_after",
            "autostart",
            "restart",
            "checks",
            "ttl",
            "ttl_action");

    /** The settings that require more than the scope to change machines. Add new settings of this kind here. */
    private static final List<ScopedPart<Settings>> SCOPED_PARTS = List.of(
            new ScopedPart<>(Scope.MACHINES_EXEC, "a new check of type 'exec'", MachineBody::commands),
            new ScopedPart<>(
                    Scope.MACHINES_PROXY, "a new public port", settings -> Set.copyOf(settings.publicPorts())));

    private MachineBody() {}

    /** The names of all settings. */
    record Settings(List<Integer> exposedPorts, List<Integer> publicPorts, Automation automation) {
        static final Settings DEFAULT = new Settings(List.of(), List.of(), Automation.NONE);
    }

    /**
     * The machine with the body's settings; omitted ones stay as they are.
     *
     * @param now when a time to live begins
     */
    static MachineSpec change(Context context, RequestBody body, MachineSpec before, Instant now) {
        Settings old = new Settings(before.exposedPorts(), before.publicPorts(), before.automation());
        Settings settings = read(body, old, now);
        requireScopes(context, old, settings);
        return before.with(settings.exposedPorts(), settings.publicPorts(), settings.automation());
    }

    /** Refuses settings with values for which the caller lacks the scope. */
    static void requireScopes(Context context, Settings before, Settings after) {
        SCOPED_PARTS.forEach(part -> part.require(context, before, after));
    }

    /** Refuses a body that is invalid, by itself or combined with the settings that it omits. */
    static Settings read(RequestBody body, Settings before, Instant now) {
        Settings settings = settings(body, before, now);
        if (body.has("public_ports") && !settings.exposedPorts().containsAll(settings.publicPorts())) {
            body.problems().add("public_ports must be among exposed_ports");
        }
        if (body.has("ttl_action")
                && !body.has("ttl")
                && before.automation().timeToLive().isEmpty()) {
            body.problems().add("ttl_action requires ttl");
        }
        body.throwIfInvalid();
        return settings;
    }

    /** Refuses a body that is invalid regardless of the machine's settings. */
    static void requireWellFormed(RequestBody body) {
        var _ = settings(body, Settings.DEFAULT, Instant.EPOCH);
        body.throwIfInvalid();
    }

    private static Settings settings(RequestBody body, Settings before, Instant now) {
        List<Integer> exposed = ports(body, "exposed_ports", before.exposedPorts());
        List<Integer> open = ports(body, "public_ports", before.publicPorts());
        if (!body.has("public_ports")) {
            open = open.stream().filter(Set.copyOf(exposed)::contains).toList();
        }
        Automation automation = new Automation(
                sleep(body, before.automation().sleep()),
                restart(body, before.automation().restart()),
                CheckBody.read(body, before.automation().checks()),
                timeToLive(body, before.automation().timeToLive(), now));
        return new Settings(exposed, open, automation);
    }

    private static Set<List<String>> commands(Settings settings) {
        return settings.automation().checks().stream()
                .map(HealthCheck::command)
                .filter(command -> !command.isEmpty())
                .collect(Collectors.toSet());
    }

    private static List<Integer> ports(RequestBody body, String name, List<Integer> before) {
        return body.has(name)
                ? body.optionalDistinctIntegers(name, 1, MachineSpec.MAX_PORT, MachineSpec.MAX_EXPOSED_PORTS)
                : before;
    }

    private static Sleep sleep(RequestBody body, Sleep before) {
        return new Sleep(
                oneOf(body, "autostop", Autostop.values(), before.autostop()),
                Duration.ofSeconds(body.optionalInteger(
                        "idle_timeout",
                        Sleep.MIN_IDLE.toSeconds(),
                        Sleep.MAX_IDLE.toSeconds(),
                        before.idleTimeout().toSeconds())),
                suspendAfter(body, before.suspendAfter()),
                body.optionalBoolean("autostart", before.autostart()));
    }

    /** 0 removes it. */
    private static Optional<Duration> suspendAfter(RequestBody body, Optional<Duration> before) {
        long seconds = body.optionalInteger(
                "suspend_after",
                0,
                Sleep.MAX_IDLE.toSeconds(),
                before.map(Duration::toSeconds).orElse(0L));
        return Optional.of(Duration.ofSeconds(seconds)).filter(Duration::isPositive);
    }

    private static RestartPolicy restart(RequestBody body, RestartPolicy before) {
        return body.optionalObject("restart", List.of("policy", "max_retries"))
                .map(restart ->
                        new RestartPolicy(oneOf(restart, "policy", RestartPolicy.When.values(), before.when()), (int)
                                restart.optionalInteger(
                                        "max_retries", 0, RestartPolicy.MAX_RETRIES, before.maxRetries())))
                .orElse(before);
    }

    /** Counted from now. 0 removes it. */
    private static Optional<TimeToLive> timeToLive(RequestBody body, Optional<TimeToLive> before, Instant now) {
        boolean delete = oneOf(
                        body,
                        "ttl_action",
                        EndAction.values(),
                        before.filter(TimeToLive::delete).isPresent() ? EndAction.DELETE : EndAction.STOP)
                == EndAction.DELETE;
        if (!body.has("ttl")) {
            return before.map(end -> new TimeToLive(end.expiresAt(), delete));
        }
        long seconds = body.optionalInteger("ttl", 0, TimeToLive.MAX.toSeconds(), 0);
        Instant end = now.truncatedTo(ChronoUnit.MICROS).plusSeconds(seconds);
        return seconds == 0 ? Optional.empty() : Optional.of(new TimeToLive(end, delete));
    }

    /** What happens to a machine when its time to live ends. */
    enum EndAction {
        STOP,
        DELETE
    }

    /** One of these constants, by its name in lower case, with '-' between words. */
    static <E extends Enum<E>> E oneOf(RequestBody body, String name, E[] values, E otherwise) {
        if (!body.has(name)) {
            return otherwise;
        }
        String text = body.optionalText(name, RequestBody.MAX_WORD).orElse("");
        for (E value : values) {
            if (text(value).equals(text)) {
                return value;
            }
        }
        List<String> names = Arrays.stream(values).map(MachineBody::text).toList();
        body.problems()
                .add("%s must be %s"
                        .formatted(name, names.stream().map("'%s'"::formatted).collect(Collectors.joining(" or "))));
        return otherwise;
    }

    static String text(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
