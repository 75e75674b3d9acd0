package dev.hyperfleet.api.port;

import dev.hyperfleet.core.machine.Machine;
import java.net.URI;
import java.util.regex.Pattern;

/**
 * How users reach machines' ports.
 *
 * @param proxy the proxy's own address: scheme, host, and port if it is not the scheme's own
 * @param prefix of paths, without slashes
 * @param hostSuffix of host names; empty for none
 */
public record PortAddresses(URI proxy, String prefix, String hostSuffix) {
    /** A label of a host's name has at most 63 characters, and "65535-" is before the machine's name. */
    private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?");

    /** The URL by path. */
    String byPath(Machine machine, int port) {
        return "%s/%s/%s/%d/".formatted(proxy, prefix, machine.id(), port);
    }

    /** The URL by host name, which browsers isolate from other machines' pages; by path if there is no host suffix. */
    String preferred(Machine machine, int port) {
        if (hostSuffix.isEmpty()) {
            return byPath(machine, port);
        }
        String name = machine.spec().name();
        String label = HOST_NAME.matcher(name).matches() ? name : machine.id().value();
        String at = proxy.getPort() < 0 ? "" : ":" + proxy.getPort();
        return "%s://%d-%s%s%s/".formatted(proxy.getScheme(), port, label, hostSuffix, at);
    }
}
