package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a guest can reach, on a host with neighbours; see network.sh. */
class NetworkTest {
    @TempDir
    Path state;

    @Test
    void aGuestReachesTheInternetAndNeitherTheHostNorPrivateAddresses() throws Exception {
        Map<String, String> reached = run(Map.of());
        assertThat(reached).containsEntry("203.0.113.2:80", "yes").containsEntry("198.51.100.7:80", "yes");
        assertThat(reached.entrySet().stream()
                        .filter(entry -> !entry.getKey().startsWith("host:"))
                        .filter(entry -> entry.getValue().equals("yes"))
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("203.0.113.2:80", "198.51.100.7:80");
    }

    @Test
    void aPrivateBlockThatIsAllowedIsReachedAndTheHostInItIsNot() throws Exception {
        Map<String, String> reached = run(Map.of("HYPERFLEET_GUEST_REACHABLE", "192.168.77.0/24"));
        assertThat(reached)
                .containsEntry("192.168.77.2:80", "yes")
                .containsEntry("192.168.77.1:80", "no")
                .containsEntry("10.9.9.9:80", "no");
    }

    /** "yes" or "no" for every target that network.sh tried. */
    private Map<String, String> run(Map<String, String> settings) throws IOException, InterruptedException {
        List<String> output = OwnHost.run("network.sh", state, settings);
        Map<String, String> reached = new HashMap<>();
        output.stream()
                .map(line -> line.split(" ", -1))
                .filter(words -> words.length == 2)
                .forEach(words -> reached.put(words[0], words[1]));
        assertThat(reached.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith("host:"))
                        .map(Map.Entry::getValue))
                .as("the host reaches all of it: " + output)
                .hasSize(6)
                .containsOnly("yes");
        return reached;
    }
}
