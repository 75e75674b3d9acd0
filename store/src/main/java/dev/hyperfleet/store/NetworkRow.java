package dev.hyperfleet.store;

import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.NetworkAttachment.Tap;
import java.util.Optional;

/** The columns of a running machine's network. */
record NetworkRow(String guestIp, String guestMac, boolean egress, Optional<TapRow> tap, Optional<String> privateIp) {
    /** The columns of its TAP. */
    record TapRow(String tapDevice, String tapIp) {}

    static NetworkRow of(NetworkAttachment network) {
        return new NetworkRow(
                network.guestAddress(),
                network.guestMac(),
                network.egress(),
                network.tap().map(tap -> new TapRow(tap.device(), tap.address())),
                network.privateAddress());
    }

    NetworkAttachment attachment() {
        return new NetworkAttachment(
                guestIp, guestMac, egress, tap.map(row -> new Tap(row.tapDevice, row.tapIp)), privateIp);
    }
}
