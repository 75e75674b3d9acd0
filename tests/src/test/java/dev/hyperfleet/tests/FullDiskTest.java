package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full, and later is not; see the scripts full-disk….sh. */
class FullDiskTest {
    @TempDir
    Path state;

    @Test
    void whatNeedsRoomIsRefusedWhatGivesItBackWorksAndAllGoesOnWhenThereIsRoomAgain() throws Exception {
        List<String> said = OwnHost.run("full-disk.sh", state, Map.of());
        String low = "The file system that holds the (machines|database) has [0-9]+ MiB free\\."
                + " With less than 24 MiB \\(HYPERFLEET_MIN_FREE_DISK_MIB\\) no machine is created or started\\. .*";

        has(said, "health 200 .*\"status\":\"ok\".*\"problems\":\\[].*");
        has(said, "snapshot-without-room 507 .*Cannot save the guest's memory to .*: the disk is full\\..*");
        has(said, "suspend-without-room 507 .*: the disk is full\\..*");
        has(said, "not-suspended 200 .*\"status\":\"running\".*");
        has(said, "snapshots-left 0 \\[]");
        has(said, "exec-after-snapshot 0 continues");
        has(said, "(create|start|restart)-when-low 1 .*" + low, 3);
        has(said, "health-when-low 503 .*\"status\":\"degraded\".*\"database\":\"ok\".*" + low);
        has(said, "ready-when-low 200 .*");
        has(said, "hyperfleet_disk_free_bytes\\{holds=\"(machines|database)\"} .*", 2);
        has(said, "hyperfleet_disk_free_minimum_bytes .*");

        has(said, "create-when-full 507 .*\"INSUFFICIENT_STORAGE\".*");
        has(said, "(change|key)-when-full (507|1) .*: the disk is full\\. Free some space\\..*", 2);
        has(said, "health-when-full 503 .*\"database\":\"failing\".*The database's disk is full.*");
        has(said, "ready-when-full 503 .*\"status\":\"unavailable\".*");
        has(said, "live-when-full 200 .*");
        has(said, "exec-when-full 0 works");
        has(said, "stop-when-full 0 first +stopped .*");
        has(said, "(delete-when-full|revoke-when-full|revoke-without-a-server) 0 ", 3);
        has(said, "rotate-when-full 0 hf_.*");
        has(said, "removed-(when-full|by-the-next-server) 204 ", 17);
        has(said, "health-of-the-next-server 503 .*\"failing\".*");

        has(said, "health-again 200 .*");
        has(said, "(create|start|stop|delete)-again 0 .*", 4);
        has(said, "left 200 .*\"total\":3.*");
        has(said, "log " + low, 4); // two servers, of machines and database each
        has(said, "log .* has enough free space again\\.", 2);
    }

    /** The same under each VMM: docs/adr/0011. */
    @Test
    void aGuestThatFillsTheHostsDiskGetsAnErrorAndGoesOn() throws Exception {
        List<String> said = OwnHost.run("full-disk-guest.sh", state, Map.of());
        has(said, "start-when-full 1 .* Cannot create the disk .*: the disk is full\\. Free some space\\.");
        has(said, "disks 0");
        has(said, "fill 5 .*");
        has(said, "upload \\d+ .*"); // a small file may fit in the guest
        has(said, "console-when-full 0 .*");
        has(said, "alive 0 answers");
        has(said, "console 0 tells");
        has(said, "(shown|restart) 0 first +running .*", 2);
        has(said, "write 0 kept");
        has(said, "delete 0 ");
    }

    @Test
    void imagesThatSettingsNameAreNotMadeAndWhatHasNoRoomLeavesNothing() throws Exception {
        List<String> said = OwnHost.run("full-disk-setup.sh", state, Map.of());
        has(said, "settings 0 \\[\\*] ");
        has(said, "no-room-for-debian 1 \\[\\*] .* needs 640 MiB in .*, which has 9 MiB free\\. .*");
        has(said, "no-room-for-tiny [1-9] \\[\\*] .*");
        has(said, "no-room-for-initramfs [1-9] \\[modules] .*");
    }

    private static void has(List<String> said, String line) {
        has(said, line, 1);
    }

    private static void has(List<String> said, String line, int times) {
        assertThat(said.stream().filter(each -> each.matches(line)).count())
                .as("%s in:%n%s", line, String.join("\n", said))
                .isEqualTo(times);
    }
}
