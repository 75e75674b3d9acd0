package dev.hyperfleet.host.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.host.BootExamples;
import org.junit.jupiter.api.Test;

class KvmProbeTest {
    @Test
    void theAgentIsAskedToEndAtOnceAsInTheProtocol() {
        assertThat(KvmProbe.UNDER_QEMU).isEqualTo(BootExamples.line("probe-qemu"));
        assertThat(KvmProbe.UNDER_FIRECRACKER).isEqualTo(BootExamples.line("probe-firecracker"));
    }
}
