package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.guest.v1.Identity;
import dev.hyperfleet.guest.v1.RenewResponse;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks what guests that were restored from a saved memory report of themselves: each must be what it was told to be,
 * and have random numbers that no other has. Safe for concurrent use.
 */
final class RestoreCheck {
    private static final int SAMPLE_BYTES = 32;

    /** More guests than are restored within the seconds in which random numbers may be the same. */
    private static final int REMEMBERED = 1_000;

    private final Set<ByteString> samples =
            Collections.newSetFromMap(Collections.synchronizedMap(new LinkedHashMap<ByteString, Boolean>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<ByteString, Boolean> eldest) {
                    return size() > REMEMBERED;
                }
            }));

    /**
     * Returns if all is well.
     *
     * @param wanted what the guest was told to be; empty if it continues as it was
     * @throws HyperfleetException {@link ErrorCode#GUEST_ERROR} with what is wrong
     */
    void require(MachineId id, Optional<GuestIdentity> wanted, RenewResponse report) {
        wanted.ifPresent(own -> requireIdentity(id, own, report.getIdentity()));
        if (report.getReadOnly()) {
            throw failed(id, "its root file system is read-only");
        }
        ByteString sample = report.getRandomSample();
        if (sample.size() != SAMPLE_BYTES || !samples.add(sample)) {
            throw failed(id, "its random numbers are not new");
        }
    }

    private static void requireIdentity(MachineId id, GuestIdentity own, Identity reported) {
        if (!reported.getHostname().equals(own.hostname())) {
            throw failed(id, "it has not taken the name " + own.hostname());
        }
        if (!reported.getAddress().equals(own.address())) {
            throw failed(id, "it has not taken the address " + own.address());
        }
        if (!reported.getMac().equalsIgnoreCase(own.mac())) {
            throw failed(id, "its network card has not taken the hardware address " + own.mac());
        }
    }

    private static HyperfleetException failed(MachineId id, String what) {
        return new HyperfleetException(
                ErrorCode.GUEST_ERROR, "The check of the restored machine %s failed: %s".formatted(id, what));
    }
}
