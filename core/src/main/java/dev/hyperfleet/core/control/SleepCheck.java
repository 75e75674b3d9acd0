package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Sleep.Autostop;
import java.util.Locale;
import java.util.Optional;

/** Ways to fall asleep, and what a host's VMM must be capable of for them. */
final class SleepCheck {
    private SleepCheck() {}

    /**
     * Refuses what this host's VMM is not capable of.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED}
     */
    static void require(Sleep sleep, Host host) {
        Autostop autostop = sleep.autostop();
        Optional<Capability> needed = switch (autostop) {
            case OFF, STOP -> Optional.empty();
            case PAUSE -> Optional.of(Capability.PAUSE);
            case SUSPEND -> Optional.of(Capability.SNAPSHOT);
        };
        needed.flatMap(host::obstacle).ifPresent(obstacle -> {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "autostop cannot be '%s' on this host: %s."
                            .formatted(autostop.name().toLowerCase(Locale.ROOT), obstacle));
        });
        if (sleep.suspendAfter().isPresent()) {
            host.obstacle(Capability.SNAPSHOT).ifPresent(obstacle -> {
                throw new HyperfleetException(
                        ErrorCode.UNSUPPORTED,
                        "suspend_after needs machines that can be suspended, and here they cannot: %s."
                                .formatted(obstacle));
            });
        }
    }
}
