package dev.hyperfleet.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.guest.v1.Identity;
import dev.hyperfleet.guest.v1.RenewResponse;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RestoreCheckTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final GuestIdentity OWN =
            new GuestIdentity("web-1", "172.16.0.2/30", "172.16.0.1", Optional.empty(), "AA:FC:01:02:03:04");

    private final RestoreCheck check = new RestoreCheck();
    private int samples;

    @Test
    void aGuestThatIsWhatItWasToldToBePasses() {
        check.require(ID, Optional.of(OWN), good().build());
        check.require(ID, Optional.empty(), good().clearIdentity().build());
    }

    @Test
    void aGuestThatIsStillItsSourceFails() {
        refuse(good().setIdentity(identity().setHostname("source")), "it has not taken the name web-1");
        refuse(
                good().setIdentity(identity().setAddress("172.16.0.6/30")),
                "it has not taken the address 172.16.0.2/30");
        refuse(
                good().setIdentity(identity().setMac("aa:fc:00:00:00:00")),
                "its network card has not taken the hardware address AA:FC:01:02:03:04");
        refuse(good().clearIdentity(), "it has not taken the name web-1");
    }

    @Test
    void aGuestWhoseDiskHasFailedFails() {
        refuse(good().setReadOnly(true), "its root file system is read-only");
    }

    @Test
    void twoGuestsWithTheSameRandomNumbersAreNoticed() {
        RenewResponse one = good().build();
        check.require(ID, Optional.of(OWN), one);
        refuse(one.toBuilder(), "its random numbers are not new");
        refuse(good().setRandomSample(ByteString.EMPTY), "its random numbers are not new");
    }

    @Test
    void anOldSampleIsForgotten() {
        RenewResponse first = good().build();
        check.require(ID, Optional.of(OWN), first);
        for (int count = 0; count < 1000; count++) {
            check.require(ID, Optional.of(OWN), good().build());
        }
        check.require(ID, Optional.of(OWN), first);
    }

    private void refuse(RenewResponse.Builder report, String reason) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> check.require(ID, Optional.of(OWN), report.build()))
                .withMessage("The check of the restored machine abcdefghijkl failed: " + reason)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.GUEST_ERROR));
    }

    private RenewResponse.Builder good() {
        return RenewResponse.newBuilder()
                .setIdentity(identity())
                .setRandomSample(ByteString.copyFrom(
                        ByteBuffer.allocate(32).putInt(samples++).clear()));
    }

    private static Identity.Builder identity() {
        return Identity.newBuilder()
                .setHostname("web-1")
                .setAddress("172.16.0.2/30")
                .setMac("aa:fc:01:02:03:04");
    }
}
