package dev.hyperfleet.host.network;

import dev.hyperfleet.host.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The program that connects machines' network namespaces to the internet.
 *
 * @param program slirp4netns; empty if it cannot be used
 * @param problem why it cannot, and the command that fixes it; both empty if it can
 */
public record Uplink(Optional<Path> program, String problem, String remedy) {
    private static final String SLIRP4NETNS = "slirp4netns";
    private static final Path TUN = Path.of("/dev/net/tun");

    /** The uplink of this host. */
    public static Uplink find() {
        Optional<Path> program = Program.find(SLIRP4NETNS);
        if (program.isEmpty()) {
            return new Uplink(program, SLIRP4NETNS + " is not on the PATH", "apt-get install slirp4netns");
        }
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            return new Uplink(Optional.empty(), TUN + " is not open to this user", "chmod 666 " + TUN);
        }
        return new Uplink(program, "", "");
    }
}
