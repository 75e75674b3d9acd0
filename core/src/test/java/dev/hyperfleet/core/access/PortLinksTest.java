package dev.hyperfleet.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class PortLinksTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final PortLinks LINKS = at(NOW, (byte) 1);

    private static PortLinks at(Instant now, byte secret) {
        byte[] key = new byte[32];
        java.util.Arrays.fill(key, secret);
        return new PortLinks(key, Clock.fixed(now, ZoneOffset.UTC));
    }

    @Test
    void aLinkIsGoodForItsMachineItsPortAndItsTime() {
        Instant expiry = NOW.plusSeconds(10);
        String token = LINKS.sign(ID, 80, expiry);
        assertThat(LINKS.verify(token, ID, 80)).contains(expiry);
        assertThat(LINKS.verify(token, ID, 81)).isEmpty();
        assertThat(LINKS.verify(token, new MachineId("bbcdefghijkl"), 80)).isEmpty();
        assertThat(at(expiry, (byte) 1).verify(token, ID, 80)).isEmpty();
        assertThat(at(NOW, (byte) 2).verify(token, ID, 80))
                .as("another fleet's")
                .isEmpty();
    }

    @Test
    void whatWasChangedOrIsNoLinkIsNone() {
        String token = LINKS.sign(ID, 80, NOW.plusSeconds(10));
        for (int at = 0; at < token.length(); at++) {
            char other = token.charAt(at) == '1' ? '2' : '1';
            // The last letter has unused bits, and is compared anyway.
            String changed = token.substring(0, at) + other + token.substring(at + 1);
            assertThat(LINKS.verify(changed, ID, 80)).as(changed).isEmpty();
        }
        for (String text :
                new String[] {"", ".", "1", token + " ", "0" + token, token.replace('.', ','), "9".repeat(99)}) {
            assertThat(LINKS.verify(text, ID, 80)).as(text).isEmpty();
        }
    }
}
