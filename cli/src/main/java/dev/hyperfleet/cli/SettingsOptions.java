package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The settings of a machine that can be given at its creation and changed afterwards. */
final class SettingsOptions {
    private static final Pattern RESTART = Pattern.compile("(no|on-failure|always)(?::([0-9]{1,4}))?");

    @Option(
            names = {"-p", "--port"},
            paramLabel = "PORT",
            split = ",",
            description = "A port to expose; may be given more than once. No other ports are exposed.")
    @Nullable
    private List<Integer> ports;

    @Option(
            names = "--public-port",
            paramLabel = "PORT",
            split = ",",
            description = "A port to expose without credentials; may be given more than once.")
    @Nullable
    private List<Integer> publicPorts;

    @Option(names = "--no-ports", description = "Expose no ports.")
    private boolean noPorts;

    @Option(names = "--autostop", paramLabel = "HOW", description = "When idle: off, stop, pause or suspend.")
    @Nullable
    private String autostop;

    @Option(
            names = "--idle-timeout",
            paramLabel = "TIME",
            converter = Units.Time.class,
            description = "How long it must be unused to count as idle: 90s, 30m.")
    @Nullable
    private Duration idleTimeout;

    @Option(
            names = "--suspend-after",
            paramLabel = "TIME",
            converter = Units.Time.class,
            description = "How long it may be paused before it is suspended: 30m, 12h; 0 for ever.")
    @Nullable
    private Duration suspendAfter;

    @Option(names = "--autostart", negatable = true, description = "Whether a request to one of its ports starts it.")
    @Nullable
    private Boolean autostart;

    @Option(
            names = "--restart",
            paramLabel = "POLICY",
            description = "Restart it when it has ended by itself: no, on-failure or always; on-failure:5 tries "
                    + "five times.")
    @Nullable
    private String restart;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            converter = Units.Time.class,
            description = "Stop it after this time: 30m, 12h, 7d; 0 for never.")
    @Nullable
    private Duration timeToLive;

    @Option(names = "--ttl-action", paramLabel = "HOW", description = "What to do after --ttl: stop or delete.")
    @Nullable
    private String timeToLiveAction;

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** The given options as the API's fields. */
    Map<String, Object> body() {
        Map<String, Object> body = new LinkedHashMap<>();
        if (noPorts) {
            body.put("exposed_ports", List.of());
            body.put("public_ports", List.of());
        } else if (ports != null) {
            Set<Integer> exposed = new LinkedHashSet<>(ports);
            exposed.addAll(publicPorts == null ? List.of() : publicPorts);
            body.put("exposed_ports", exposed);
        }
        put(body, "public_ports", publicPorts);
        put(body, "autostop", autostop);
        put(body, "idle_timeout", seconds(idleTimeout));
        put(body, "suspend_after", seconds(suspendAfter));
        put(body, "autostart", autostart);
        if (restart != null) {
            body.put("restart", restart(restart));
        }
        put(body, "ttl", seconds(timeToLive));
        put(body, "ttl_action", timeToLiveAction);
        return body;
    }

    private static @Nullable Long seconds(@Nullable Duration time) {
        return time == null ? null : time.toSeconds();
    }

    private static void put(Map<String, Object> body, String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    private Map<String, Object> restart(String text) {
        Matcher matcher = RESTART.matcher(text);
        if (!matcher.matches()) {
            throw new ParameterException(
                    spec.commandLine(), "--restart '%s' is not no, always, on-failure or on-failure:5".formatted(text));
        }
        Map<String, Object> policy = new LinkedHashMap<>();
        policy.put("policy", matcher.group(1));
        put(policy, "max_retries", matcher.group(2) == null ? null : Integer.valueOf(matcher.group(2)));
        return policy;
    }
}
