package dev.hyperfleet.host.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The host's own name servers. */
public final class Resolvers {
    private static final Pattern NAME_SERVER = Pattern.compile("\\s*nameserver\\s+(\\d+\\.\\d+\\.\\d+\\.\\d+)\\s*");

    /** The second lists the name servers that systemd-resolved uses, which are not in the first. */
    private static final List<Path> FILES =
            List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));

    private Resolvers() {}

    /** The first IPv4 one that a guest can use too: not on the host's loopback. */
    public static Optional<String> first() {
        return FILES.stream().flatMap(Resolvers::in).findFirst();
    }

    static Stream<String> in(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .map(NAME_SERVER::matcher)
                    .filter(Matcher::matches)
                    .map(line -> line.group(1))
                    .filter(address -> !address.startsWith("127."));
        } catch (IOException missing) {
            return Stream.empty();
        }
    }
}
