package dev.hyperfleet.host.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirecrackerVersionTest {
    @ParameterizedTest
    @CsvSource({
        "Firecracker v1.6.9, false",
        "Firecracker v1.7.0, true",
        "Firecracker v1.16.1, true",
        "Firecracker v1.17.0-dev, true",
        "Firecracker v2.0.0, true",
        "Firecracker v0.25.2, false",
    })
    void fromOneSevenOnTheyAreSupported(String printed, boolean supported) {
        assertThat(FirecrackerVersion.parse(printed + "\n\nmore lines")
                        .orElseThrow()
                        .isSupported())
                .isEqualTo(supported);
    }

    @ParameterizedTest
    @CsvSource({
        "1.7.0, works",
        "1.15.1, works",
        "1.16.0, refused",
        "1.16.1, refused",
        "1.16.2, warned of",
        "1.16.3, warned of",
        "1.17.0-dev, works",
        "1.17.0, works",
        "2.0.0, works",
    })
    void somePausesAreRefusedAndSomeWarnedOf(String text, String pause) {
        FirecrackerVersion version = FirecrackerVersion.of(text).orElseThrow();
        assertThat(version.pauseObstacle().isPresent()).isEqualTo(pause.equals("refused"));
        assertThat(version.pauseWarning().isPresent()).isEqualTo(pause.equals("warned of"));
    }

    @Test
    void aRefusalSaysWhichVersionIsNeeded() {
        assertThat(new FirecrackerVersion(1, 16, 0).pauseObstacle())
                .contains("Firecracker 1.16.0 loses the connection to a guest that was paused and resumed, and "
                        + "1.16.2 or newer"
                        + " is needed");
    }

    @Test
    void whatIsNoFirecrackerHasNone() {
        assertThat(FirecrackerVersion.parse("QEMU emulator version 7.2")).isEmpty();
        assertThat(FirecrackerVersion.parse("")).isEmpty();
        assertThat(FirecrackerVersion.of("1.16")).isEmpty();
        assertThat(FirecrackerVersion.of("1.16.100000")).isEmpty();
    }
}
