package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.network.Cidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostClaimsTest {
    @TempDir
    Path folder;

    @Test
    void usersThatAnotherServerHasAreRefusedUntilItEnds() {
        try (HostClaims second = claims()) {
            try (HostClaims first = claims()) {
                first.users(900_000);
                assertThatExceptionOfType(HyperfleetException.class)
                        .isThrownBy(() -> second.users(900_000 + HostClaims.USERS - 1))
                        .withMessageStartingWith(
                                "HYPERFLEET_JAIL_FIRST_UID=965535 overlaps with a range of " + "another server");
                second.users(900_000 + HostClaims.USERS);
            }
            second.users(900_000);
        }
    }

    @Test
    void aPoolOfAddressesWithinThatOfAnotherServerIsRefused() {
        try (HostClaims first = claims();
                HostClaims second = claims()) {
            first.addresses(Cidr.parse("10.213.0.0/16"));
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> second.addresses(Cidr.parse("10.213.7.0/24")))
                    .withMessageStartingWith("HYPERFLEET_NETWORK_POOL=10.213.7.0/24 overlaps");
            second.addresses(Cidr.parse("10.214.0.0/16"));
        }
    }

    @Test
    void aHomeIsOneServersByWhateverPathAndWhateverIsRemovedInIt() throws IOException {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path other = Files.createDirectory(folder.resolve("other"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), home);
        try (HostClaims second = claims()) {
            try (HostClaims first = claims()) {
                first.home(home);
                assertThatExceptionOfType(HyperfleetException.class)
                        .isThrownBy(() -> second.home(link))
                        .withMessageStartingWith("Another server runs on " + link);
                second.home(other);
            }
            second.home(home);
        }
    }

    private HostClaims claims() {
        return new HostClaims(folder.resolve("claims"));
    }
}
