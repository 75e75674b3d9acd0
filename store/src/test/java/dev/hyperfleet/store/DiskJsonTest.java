package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.disk.Disk;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskJsonTest {
    private static final List<Disk> DISKS = Disk.overImage(246, 16_384);

    @Test
    void theStoredFormStaysAsItIs() throws SQLException {
        String stored = "[{\"kind\":\"BASE\",\"source\":\"IMAGE_ROOT\",\"sizeMib\":246},"
                + "{\"kind\":\"LAYER\",\"source\":\"EMPTY\",\"sizeMib\":16384}]";
        assertThat(DiskJson.text(DISKS)).isEqualTo(stored);
        assertThat(DiskJson.disks(stored)).isEqualTo(DISKS);
    }

    @Test
    void aFieldOfALaterVersionIsIgnoredAndASizeThatIsAbsentIsNotKnown() throws SQLException {
        assertThat(DiskJson.disks("[{\"kind\":\"LAYER\",\"source\":\"EMPTY\",\"fast\":true}]"))
                .containsExactly(new Disk(Disk.Kind.LAYER, new Disk.Source.Empty(), 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[{}]",
                "[{\"kind\":\"TAPE\",\"source\":\"EMPTY\"}]",
                "[{\"kind\":\"BASE\",\"source\":\"MOON\"}]"
            })
    void whatThisVersionDoesNotKnowIsRefused(String stored) {
        assertThatExceptionOfType(SQLException.class).isThrownBy(() -> DiskJson.disks(stored));
    }
}
