package dev.hyperfleet.host.network;

import dev.hyperfleet.core.MachineId;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** A guest's addresses in its own network, which are the same in all machines. */
final class GuestAddresses {
    static final String GUEST = "172.16.0.2";
    static final String GATEWAY = "172.16.0.1";
    static final String TAP = "tap0";

    private GuestAddresses() {}

    /** Locally administered, and always the same for the same machine. */
    static String mac(MachineId id) {
        CRC32 hash = new CRC32();
        hash.update(id.value().getBytes(StandardCharsets.US_ASCII));
        long value = hash.getValue();
        return "AA:FC:%02X:%02X:%02X:%02X"
                .formatted(value >> 24 & 255, value >> 16 & 255, value >> 8 & 255, value & 255);
    }
}
