package dev.hyperfleet.guest;

import dev.hyperfleet.core.guest.ProcessSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands to start. */
final class Specs {
    private Specs() {}

    static ProcessSpec command(String... command) {
        return within(Duration.ofSeconds(5), command);
    }

    static ProcessSpec within(Duration timeout, String... command) {
        return new ProcessSpec(
                List.of(command),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                ProcessSpec.Input.NONE,
                new byte[0],
                Optional.empty(),
                Optional.of(timeout),
                Optional.empty(),
                false);
    }
}
