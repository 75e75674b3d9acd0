package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, and then is not any more; see full-disk.sh. */
class FullDiskTest {
    @TempDir
    Path state;

    @Test
    void whatNeedsRoomIsRefusedWithAClearErrorAndChangesNothingAndGoesOnWhenThereIsRoomAgain() throws Exception {
        List<String> said = OwnHost.run("full-disk.sh", state, Map.of());
        assertThat(said)
                .filteredOn(line -> line.contains("-when-full 1 "))
                .hasSize(3)
                .allMatch(line -> line.endsWith(": the disk is full. Free some space."));
        assertThat(said).anyMatch(line -> line.matches("get-when-full 0 .* first +pending .*"));
        assertThat(said).anyMatch(line -> line.matches("create-again 0 .* second +pending .*"));
        assertThat(said).anyMatch(line -> line.matches("start-again 0 .* first +running .*"));
        assertThat(said).anyMatch(line -> line.matches("stop-again 0 .* first +stopped .*"));
        assertThat(said).contains("delete-again 0 ");
    }
}
