package dev.hyperfleet.host.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolversTest {
    @TempDir
    private Path folder;

    @Test
    void whatAGuestCouldNotAskIsLeftOut() throws IOException {
        Path file = folder.resolve("resolv.conf");
        Files.writeString(file, """
                # nameserver 192.0.2.1
                nameserver 127.0.0.53
                nameserver 2001:db8::53
                nameserver 192.0.2.53
                \tnameserver\t198.51.100.53\s
                search example.org
                """);
        assertThat(Resolvers.in(file)).containsExactly("192.0.2.53", "198.51.100.53");
    }

    @Test
    void aHostWithoutTheFileHasNone() {
        assertThat(Resolvers.in(folder.resolve("missing"))).isEmpty();
    }
}
