package dev.hyperfleet.core.control;

import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.host.Vmm;
import java.util.Optional;

/**
 * A running VMM.
 *
 * @param guest the agent in its guest, if there is one
 * @param restored whether the guest may wait for being renewed
 * @param untouched whether the guest boots on an empty disk
 */
record Live(Vmm vmm, Optional<Guest> guest, boolean restored, boolean untouched) {
    void close() {
        guest.ifPresent(Guest::close);
        vmm.close();
    }
}
