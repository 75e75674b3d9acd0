package dev.hyperfleet.cli;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * A machine's port, and a port of this computer that leads to it: 8080:80.
 *
 * @param local 0 for any free one; empty for none
 */
record PortMapping(OptionalInt local, int remote) {
    private static final Pattern FORM = Pattern.compile("(?:([0-9]{1,5}):)?([1-9][0-9]{0,4})");
    private static final int MAX_PORT = 65535;

    static PortMapping of(String text, CommandSpec spec) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new ParameterException(spec.commandLine(), "'%s' is no port, such as 80 or 8080:80".formatted(text));
        }
        @Nullable String local = matcher.group(1);
        return new PortMapping(
                local == null ? OptionalInt.empty() : OptionalInt.of(port(local, spec)), port(matcher.group(2), spec));
    }

    private static int port(String text, CommandSpec spec) {
        int port = Integer.parseInt(text);
        if (port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "a port is at most " + MAX_PORT);
        }
        return port;
    }

    boolean isLocal() {
        return local.isPresent();
    }
}
