package dev.hyperfleet.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class VmmExitTest {
    @Test
    void aRestartIsRecognisedByTheKernelsLastLine() {
        assertThat(exit("[    7.1] reboot: Restarting system\n[    7.2] reboot: machine restart")
                        .isReboot())
                .isTrue();
        assertThat(exit("[    7.1] reboot: Power down").isReboot()).isFalse();
        assertThat(exit("a program says: reboot: Restarting system\n[    7.1] reboot: Power down")
                        .isReboot())
                .isFalse();
        assertThat(exit("").isReboot()).isFalse();
    }

    @Test
    void aPowerOffByARestartIsNone() {
        assertThat(exit("[    7.1] reboot: Restarting system with command 'power off'")
                        .isReboot())
                .isFalse();
    }

    @Test
    void aGuestThatPanicsOrIsKilledHasNotRestarted() {
        String console = "reboot: Restarting system";
        assertThat(new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.of("no init"), console, "")
                        .isReboot())
                .isFalse();
        assertThat(new VmmExit(0, Optional.empty(), true, Optional.empty(), Optional.empty(), console, "").isReboot())
                .isFalse();
    }

    private static VmmExit exit(String console) {
        return new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.empty(), console, "");
    }
}
