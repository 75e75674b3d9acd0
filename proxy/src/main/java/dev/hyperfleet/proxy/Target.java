package dev.hyperfleet.proxy;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The target of a request. It is parsed only from the request's raw first bytes: nothing is decoded or normalised, so
 * it is unambiguous.
 *
 * @param machine id or name
 * @param port 1 to 65535
 * @param pathQuery what the guest gets, beginning with '/'
 * @param prefix the part of the path for the proxy; empty if the host name named the machine
 */
record Target(String machine, int port, String pathQuery, String prefix) {
    private static final int MAX_PORT = 65535;

    /**
     * How targets are named.
     *
     * @param prefix of paths, without slashes: "proxy"
     * @param hostSuffix of host names, in lower case: ".localhost"; empty for none
     */
    record Naming(String prefix, String hostSuffix, Pattern path, Pattern host) {
        static Naming of(String prefix, String hostSuffix) {
            return new Naming(
                    prefix,
                    hostSuffix,
                    Pattern.compile(
                            "(/" + Pattern.quote(prefix) + "/([A-Za-z0-9._-]{1,63})/([1-9][0-9]{0,4}))([/?].*|)"),
                    Pattern.compile("([1-9][0-9]{0,4})-([a-z0-9._-]{1,63})" + Pattern.quote(hostSuffix)));
        }
    }

    /** The target of a request; empty if it names none. A host name takes precedence over a path. */
    static Optional<Target> of(Naming naming, String host, String pathQuery) {
        return byHost(naming, host.toLowerCase(Locale.ROOT), pathQuery).or(() -> byPath(naming, pathQuery));
    }

    private static Optional<Target> byHost(Naming naming, String host, String pathQuery) {
        Matcher parts = naming.host().matcher(host);
        return !naming.hostSuffix().isEmpty() && parts.matches() && pathQuery.startsWith("/")
                ? of(parts.group(2), parts.group(1), pathQuery, "")
                : Optional.empty();
    }

    private static Optional<Target> byPath(Naming naming, String pathQuery) {
        Matcher parts = naming.path().matcher(pathQuery);
        return parts.matches() ? of(parts.group(2), parts.group(3), parts.group(4), parts.group(1)) : Optional.empty();
    }

    private static Optional<Target> of(String machine, String port, String pathQuery, String prefix) {
        int number = Integer.parseInt(port);
        return number <= MAX_PORT ? Optional.of(new Target(machine, number, pathQuery, prefix)) : Optional.empty();
    }

    /** Whether a browser would resolve the page's relative links one level too high. */
    boolean wantsSlash() {
        return !pathQuery.startsWith("/");
    }

    Target withPathQuery(String other) {
        return new Target(machine, port, other, prefix);
    }
}
