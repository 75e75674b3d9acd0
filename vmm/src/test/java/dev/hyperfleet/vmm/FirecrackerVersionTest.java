package dev.hyperfleet.vmm;

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

    @Test
    void whatIsNoFirecrackerHasNone() {
        assertThat(FirecrackerVersion.parse("QEMU emulator version 7.2")).isEmpty();
        assertThat(FirecrackerVersion.parse("")).isEmpty();
    }
}
