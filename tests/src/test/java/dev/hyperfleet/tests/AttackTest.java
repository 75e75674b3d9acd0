package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hostile guest on a network with TAPs; see attack.sh. */
class AttackTest {
    /** What a guest and its host must be able to do; otherwise the rest would prove nothing. */
    private static final Set<String> MEANT = Set.of(
            "host-to-neighbour",
            "host-to-attacker",
            "internet",
            "name",
            "after-spoofed-mac",
            "after-spoofed-ip",
            "rules-again",
            "foreign-rules",
            "internet-again");

    @TempDir
    Path state;

    @Test
    void nothingThatAHostileGuestTriesComesThrough() throws Exception {
        assumeTrue(Program.find("nft").isPresent(), "nft is not on the PATH");
        List<String> output = OwnHost.run("attack.sh", state, Map.of());
        Set<String> came = new TreeSet<>();
        Set<String> tried = new TreeSet<>();
        for (String line : output) {
            String[] words = line.split(" ", -1);
            if (words.length == 2 && words[1].matches("yes|no")) {
                tried.add(words[0]);
                if (words[1].equals("yes")) {
                    came.add(words[0]);
                }
            }
        }
        assertThat(came).as(String.join("\n", output)).containsExactlyInAnyOrderElementsOf(MEANT);
        assertThat(tried.size() - MEANT.size()).as("attacks: " + tried).isGreaterThan(35);
    }
}
