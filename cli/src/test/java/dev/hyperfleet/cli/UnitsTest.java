package dev.hyperfleet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({"512, 512", "512m, 512", "1g, 1024", "2GiB, 2048", "1GB, 1024", "1t, 1048576"})
    void memoryHasAUnitOrIsInMebibytes(String text, int mebibytes) {
        assertThat(new Units.Memory().convert(text)).isEqualTo(mebibytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "1.5g", "1x", "m", "999999999t"})
    void whatIsNoMemoryIsRefused(String text) {
        assertThatThrownBy(() -> new Units.Memory().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "90, 90", "90s, 90", "30m, 1800", "12h, 43200", "7d, 604800", "2w, 1209600"})
    void aTimeHasAUnitOrIsInSeconds(String text, long seconds) {
        assertThat(new Units.Time().convert(text)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1y", "h", "1h30m"})
    void whatIsNoTimeIsRefused(String text) {
        assertThatThrownBy(() -> new Units.Time().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void amountsAreShownInTheirLargestUnit() {
        assertThat(Units.age(Duration.ofSeconds(-3))).isEqualTo("0s");
        assertThat(Units.age(Duration.ofSeconds(119))).isEqualTo("119s");
        assertThat(Units.age(Duration.ofMinutes(5))).isEqualTo("5m");
        assertThat(Units.age(Duration.ofHours(47))).isEqualTo("47h");
        assertThat(Units.age(Duration.ofDays(9))).isEqualTo("9d");
        assertThat(Units.memory(512)).isEqualTo("512m");
        assertThat(Units.memory(2048)).isEqualTo("2g");
        assertThat(Units.memory(1536)).isEqualTo("1.5g");
        assertThat(Units.bytes(900)).isEqualTo("900 B");
        assertThat(Units.bytes(4_404_019)).isEqualTo("4.2 MiB");
    }
}
