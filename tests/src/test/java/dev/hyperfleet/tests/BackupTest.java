package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The drill in docs/operations.md: a backup of a server that runs, restored into an empty home. */
class BackupTest {
    private final Path old;
    private final Path home;
    private final Path backup;

    BackupTest(@TempDir Path folder) {
        this.old = folder.resolve("old");
        this.home = folder.resolve("new");
        this.backup = folder.resolve("backups/first");
    }

    @Test
    void aRestoredServerHasTheMachinesWithTheirDisksAndTheKeys() throws IOException {
        String key = Cli.run(old, "keys", "create", "me").output();
        try (ServerProcess server = ServerProcess.startWithKey(old, key)) {
            Api api = server.api();
            String stopped = create(api, "stopped");
            run(api, stopped, "echo kept > /root/file; sync");
            assertThat(api.post("/machines/" + stopped + "/stop").status()).isEqualTo(200);
            String running = create(api, "running");
            run(api, running, "echo paused > /root/file; sync");
            create(api, "new");
            Cli.Result partial = Cli.run(old, "backup", "--stopped-only", "--json", backup + "-stopped");
            assertThat(partial.exitCode()).as(partial.output()).isZero();
            assertThat(disks(backup.resolveSibling("first-stopped")))
                    .containsExactly("new NONE", "running LEFT_OUT", "stopped STOPPED");
            assertThatADiskThatChangesIsLeftOut(running);
            assertThat(api.post("/machines/" + running + "/pause").status()).isEqualTo(200);
            changeTheDiskOf(running, Instant.now().minusSeconds(60));
            Cli.Result made = Cli.run(old, "backup", backup.toString());
            assertThat(made.exitCode()).as(made.output()).isZero();
        }
        assertThat(disks(backup)).containsExactly("new NONE", "running CRASH_CONSISTENT", "stopped STOPPED");
        assertThatOnlyTheOwnerCanRead(backup);

        Cli.Result restored = Cli.run(home, "restore", backup.toString());
        assertThat(restored.exitCode()).as(restored.output()).isZero();
        assertThat(restored.output()).contains("stopped", "running", "restored the backup of");
        Cli.Result again = Cli.run(home, "restore", backup.toString());
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.output()).contains("into an empty home only", "HYPERFLEET_HOME");

        try (ServerProcess server = ServerProcess.startWithKey(home, key)) {
            Api api = server.api();
            assertThat(api.get("/recovery").json().get("steps").toString()).contains("end_recorded");
            assertThat(api.get("/machines/running").field("status")).isEqualTo("failed");
            assertThat(run(api, "stopped", "cat /root/file")).isEqualTo("kept\n");
            assertThat(run(api, "running", "cat /root/file")).isEqualTo("paused\n");
            assertThat(run(api, "new", "echo first")).isEqualTo("first\n");
        }
    }

    @Test
    void anInterruptedBackupIsNoBackup() throws IOException {
        Cli.run(old, "keys", "create", "me");
        Cli.run(old, "backup", backup.toString());
        Files.move(backup, backup.resolveSibling("first.unfinished"));
        Files.delete(backup.resolveSibling("first.unfinished").resolve("backup.json"));
        Cli.Result refused = Cli.run(home, "restore", backup + ".unfinished");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("is not a complete backup");
        assertThat(Cli.run(old, "backup", backup.toString()).exitCode()).isZero();
        assertThat(backup.resolveSibling("first.unfinished")).doesNotExist();
        Cli.Result taken = Cli.run(old, "backup", backup.toString());
        assertThat(taken.exitCode()).isEqualTo(1);
        assertThat(taken.output()).contains("exists. Name a new folder");
        Path foreign = Files.createDirectory(backup.resolveSibling("second.unfinished"));
        assertThat(Cli.run(old, "backup", backup.resolveSibling("second").toString())
                        .output())
                .contains("is no backup");
        assertThat(foreign).isEmptyDirectory();
    }

    @Test
    void aBackupThatIsDamagedOrOfNothingIsRefusedAndLeavesNothing() throws IOException {
        assertThat(Cli.run(old, "backup", backup.toString()).output()).contains("There is nothing to back up");
        Cli.run(old, "keys", "create", "me");
        Cli.run(old, "backup", backup.toString());
        Files.writeString(backup.resolve("hyperfleet.db"), "not a database");
        Cli.Result damaged = Cli.run(home, "restore", backup.toString());
        assertThat(damaged.exitCode()).isEqualTo(1);
        assertThat(home.resolve("hyperfleet.db")).doesNotExist();
    }

    private static String create(Api api, String name) {
        return api.post("/machines", Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 192))
                .field("id");
    }

    /** Starts the machine, runs a command in it, and returns its output. */
    private static String run(Api api, String machine, String command) {
        assertThat(api.post("/machines/" + machine + "/start").status()).isEqualTo(200);
        return api.post("/machines/" + machine + "/exec", Map.of("command", List.of("sh", "-c", command)))
                .field("stdout");
    }

    /** Where the file system shares blocks, the copy is of one moment anyway. */
    private void assertThatADiskThatChangesIsLeftOut(String machine) throws IOException {
        changeTheDiskOf(machine, Instant.now().plusSeconds(3600));
        Path folder = backup.resolveSibling("first-changing");
        Cli.Result made = Cli.run(old, "backup", folder.toString());
        if (!Set.of("btrfs", "xfs").contains(Files.getFileStore(old).type())) {
            assertThat(made.exitCode()).isEqualTo(1);
            assertThat(made.output()).contains("LEFT OUT", "pause or stop");
            assertThat(folder.resolve("machines").resolve(machine).resolve("disk.ext4"))
                    .doesNotExist();
        }
    }

    /** A disk that was written within the last second of the host's clock counts as one that changes. */
    private void changeTheDiskOf(String machine, Instant time) throws IOException {
        Files.setLastModifiedTime(old.resolve("machines").resolve(machine).resolve("disk.ext4"), FileTime.from(time));
    }

    /** What the backup has of each machine, by name. */
    private static List<String> disks(Path backup) throws IOException {
        JsonNode manifest = JsonMapper.shared().readTree(Files.readAllBytes(backup.resolve("backup.json")));
        return manifest.get("machines")
                .valueStream()
                .map(machine -> machine.get("name").asString() + " "
                        + machine.get("disk").asString())
                .sorted()
                .toList();
    }

    private static void assertThatOnlyTheOwnerCanRead(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(files)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isIn("rwx------", "rw-------"));
        }
    }
}
