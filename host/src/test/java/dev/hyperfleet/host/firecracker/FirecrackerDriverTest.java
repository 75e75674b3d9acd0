package dev.hyperfleet.host.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.host.BootExamples;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.ControlGroup;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.RateLimits;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Firecracker's configuration; tests on a host with KVM show that a guest then runs. */
class FirecrackerDriverTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final NetworkPlan NETWORK = new NetworkPlan(
            new NetworkAttachment(
                    "172.16.0.2",
                    "AA:FC:01:02:03:04",
                    true,
                    Optional.of(new NetworkAttachment.Tap("tap0", "172.16.0.1")),
                    Optional.of("10.213.0.9")),
            "172.16.0.1",
            Optional.of("172.16.0.1"),
            Optional.empty(),
            List.of(),
            Optional.of("rules"),
            Optional.of(new NetworkPlan.Pair("hf-abcdefghijkl", "10.213.0.1", "10.213.0.9")));

    @TempDir
    private Path folder;

    private MachineLayout layout;
    private MachineFiles files;
    private FakeFirecracker vmm;

    @BeforeEach
    void listen() throws IOException {
        layout = new MachineLayout(folder.resolve("machines"), folder.resolve("s"));
        files = layout.of(ID);
        Files.createDirectories(files.socketDirectory());
        vmm = new FakeFirecracker(files.vmmSocket());
    }

    @AfterEach
    void close() throws IOException {
        vmm.close();
    }

    @Test
    void inAJailItHasAUserOfItsOwnAndFilesUnderNamesOfTheJails() {
        Launch launch = jailed().launch(plan(7), NETWORK);
        assertThat(String.join(" ", launch.command()))
                .startsWith(
                        "/usr/bin/jailer --id abcdefghijkl --exec-file /usr/bin/firecracker --uid 900007 --gid 900007 ")
                .contains(" --chroot-base-dir " + folder.resolve("jails/abcdefghijkl") + " ")
                .contains(" -- --api-sock vmm.sock --log-path vmm.log ");
        Launch.Jail jail = launch.jail().orElseThrow();
        assertThat(jail.user()).isEqualTo(900_007);
        assertThat(jail.folder()).isEqualTo(folder.resolve("jails/abcdefghijkl"));
        assertThat(jail.root()).isEqualTo(folder.resolve("jails/abcdefghijkl/firecracker/abcdefghijkl/root"));
        assertThat(launch.relays().orElseThrow().folder()).isEqualTo(jail.root());
        assertThat(jail.files())
                .containsExactly(
                        new Launch.JailedFile(Path.of("/images/vmlinux"), "kernel", false),
                        new Launch.JailedFile(Path.of("/images/initramfs"), "initrd", false),
                        new Launch.JailedFile(Path.of("/images/root.ext4"), "rootfs", false),
                        new Launch.JailedFile(files.emptyDisk(), "disk", true));
    }

    @Test
    void itMayUseTheMachinesSizeAndWhatItNeedsItself() {
        ControlGroup group = jailed().launch(plan(7), NETWORK).limits().group().orElseThrow();
        assertThat(group.path()).isEqualTo(Path.of("/groups/abcdefghijkl"));
        assertThat(group.settings())
                .containsEntry("cpu.max", "320000 100000")
                .containsEntry("memory.max", String.valueOf((768L + 128) << 20))
                .containsEntry("pids.max", "35");
    }

    @Test
    void withoutAJailItRunsInAFolderOfItsOwn() {
        Launch launch = unjailed().launch(plan(7), NETWORK);
        assertThat(launch.command()).startsWith("/usr/bin/firecracker", "--id", "abcdefghijkl");
        assertThat(launch.jail()).isEmpty();
        assertThat(launch.relays().orElseThrow().folder()).isEqualTo(files.vmmDirectory());
    }

    @Test
    void itIsToldAllOfTheMachineAndThenToStart() {
        jailed().boot(plan(7), NETWORK);
        assertThat(vmm.requests)
                .containsExactly(
                        "GET /",
                        "PUT /machine-config",
                        "PUT /boot-source",
                        "PUT /drives/root",
                        "PUT /drives/scratch",
                        "PUT /network-interfaces/eth0",
                        "PUT /vsock",
                        "PUT /entropy",
                        "PUT /actions");
        assertThat(body("/machine-config")).isEqualTo(json("{\"mem_size_mib\":768,\"vcpu_count\":3}"));
        assertThat(body("/boot-source").get("kernel_image_path").asString()).isEqualTo("kernel");
        assertThat(body("/boot-source").get("boot_args").asString()).isEqualTo(BootExamples.line("firecracker"));
        assertThat(body("/drives/root").get("is_read_only").asBoolean()).isTrue();
        assertThat(body("/drives/scratch").get("is_read_only").asBoolean()).isFalse();
        assertThat(body("/drives/scratch").get("path_on_host").asString()).isEqualTo("disk");
        assertThat(body("/drives/scratch").get("rate_limiter").toString())
                .contains("\"bandwidth\":{", "\"size\":1048576", "\"refill_time\":1000")
                .contains("\"ops\":{");
        assertThat(body("/network-interfaces/eth0").get("host_dev_name").asString())
                .isEqualTo("tap0");
        assertThat(body("/network-interfaces/eth0").get("tx_rate_limiter").toString())
                .contains("\"size\":2097152");
        assertThat(body("/vsock").get("uds_path").asString()).isEqualTo("agent.sock");
        assertThat(body("/actions")).isEqualTo(json("{\"action_type\":\"InstanceStart\"}"));
    }

    @Test
    void aCopyLoadsTheSavedFilesWhichItsJailShowsAndItsUserMayRead() throws IOException {
        LaunchPlan plan = continuing(new Origin.SavedMemory(new SnapshotId("snapshot1234")));
        Path saved = Files.createDirectories(folder.resolve("snapshots/snapshot1234"));
        for (String file : List.of("memory", "devices")) {
            Files.createFile(saved.resolve(file), Folders.PRIVATE_FILE);
        }
        Launch launch = jailed().launch(plan, NETWORK);
        assertThat(Files.getPosixFilePermissions(saved.resolve("memory")))
                .isEqualTo(PosixFilePermissions.fromString("r--r--r--"));
        assertThat(launch.jail().orElseThrow().files())
                .contains(
                        new Launch.JailedFile(saved.resolve("memory"), "memory", false),
                        new Launch.JailedFile(saved.resolve("devices"), "devices", false));
        assertThat(launch.relays().orElseThrow().listening()).isTrue();
        vmm.nextStates.addAll(List.of("Not started", "Paused"));
        jailed().boot(plan, NETWORK);
        assertThat(vmm.requests).containsExactly("GET /", "PUT /snapshot/load", "GET /", "PATCH /vm");
        assertThat(body("/snapshot/load"))
                .isEqualTo(json("{\"snapshot_path\":\"devices\",\"resume_vm\":false,"
                        + "\"mem_backend\":{\"backend_type\":\"File\",\"backend_path\":\"memory\"}}"));
        assertThat(body("/vm")).isEqualTo(json("{\"state\":\"Resumed\"}"));
    }

    @Test
    void theMemoryOfASuspendedMachineIsGoneBeforeItContinues() throws IOException {
        Path suspended = Files.createDirectories(files.suspended().directory());
        vmm.nextStates.addAll(List.of("Not started", "Paused"));
        vmm.onRequest.put("PATCH /vm", () -> assertThat(suspended).doesNotExist());
        jailed().boot(continuing(new Origin.OwnMemory()), NETWORK);
        assertThat(vmm.requests).endsWith("PATCH /vm");
        assertThat(suspended).doesNotExist();
    }

    @Test
    void withoutAJailACopyOpensItsOwnDisk() throws IOException {
        Files.createDirectories(files.vmmDirectory());
        unjailed().boot(plan(7), NETWORK);
        assertThat(body("/drives/scratch").get("path_on_host").asString()).isEqualTo("disk");
        assertThat(Files.readSymbolicLink(files.vmmDirectory().resolve("disk"))).isEqualTo(files.emptyDisk());
    }

    @Test
    void aGuestIsSavedToFilesThatItsVmmHasNoMoreAfterwards() throws IOException {
        Path root = Files.createDirectories(folder.resolve("jails/abcdefghijkl/firecracker/abcdefghijkl/root"));
        SnapshotLayout.Paths to = new SnapshotLayout.Paths(Files.createDirectories(folder.resolve("saved")));
        Files.createFile(root.resolve("memory.new")); // of a save that a server's end has interrupted
        vmm.version = "1.17.0";
        vmm.onRequest.put(
                "PUT /snapshot/create",
                () -> assertThat(root.resolve("memory.new")).hasSameBinaryContentAs(to.memory()));
        driver(new FirecrackerVersion(1, 17, 0), inJail()).save(ID, to, Duration.ofSeconds(5));
        assertThat(body("/snapshot/create").get("mem_file_path").asString()).isEqualTo("memory.new");
        assertThat(body("/snapshot/create").get("snapshot_path").asString()).isEqualTo("devices.new");
        assertThat(root).isEmptyDirectory();
        assertThat(Files.getPosixFilePermissions(to.memory())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @ParameterizedTest
    @CsvSource({"1.12.0,false,Full", "1.17.0,true,Full"})
    void pagesThatMayBeMissingOtherwiseAreAllSaved(String version, boolean restored, String type) throws IOException {
        SnapshotLayout.Paths to = new SnapshotLayout.Paths(Files.createDirectories(folder.resolve("saved")));
        Files.createDirectories(files.vmmDirectory());
        if (restored) {
            Files.createFile(files.vmmDirectory().resolve("memory"));
        }
        vmm.version = version;
        driver(FirecrackerVersion.of(version).orElseThrow(), Optional.empty()).save(ID, to, Duration.ofSeconds(5));
        assertThat(body("/snapshot/create").get("snapshot_type").asString()).isEqualTo(type);
    }

    @Test
    void aMachineOfAnotherVersionThanTheInstalledOneIsNotSaved() {
        vmm.version = "1.15.0";
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> jailed().save(ID, files.suspended(), Duration.ofSeconds(5)))
                .withMessage("Machine abcdefghijkl was started with Firecracker 1.15.0, and 1.16.1 is installed now: "
                        + "restart it to save it")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNSUPPORTED));
    }

    @Test
    void aFullDiskIsToldApartFromAFaultOfTheVmm() {
        vmm.refuse = "/boot-source";
        vmm.fault = "Cannot write the file: No space left on device (os error 28)";
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> jailed().boot(plan(7), NETWORK))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INSUFFICIENT_STORAGE));
    }

    @Test
    void whatWasToldBeforeIsNotToldAgain() {
        vmm.state = "Running";
        jailed().boot(plan(7), NETWORK);
        assertThat(vmm.requests).containsExactly("GET /");
    }

    @Test
    void whatItRefusesIsSaidInItsOwnWordsMadeSafe() {
        vmm.refuse = "/boot-source";
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> jailed().boot(plan(7), NETWORK))
                .withMessage("Firecracker refuses to load the kernel: The kernel is no kernel")
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.MACHINE_FAILED));
        assertThat(vmm.requests).doesNotContain("PUT /actions");
    }

    @Test
    void oneThatHasGoneIsAFailureOfItsMachine() throws IOException {
        vmm.close();
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> jailed().boot(plan(7), NETWORK))
                .withMessageStartingWith("Firecracker could not be asked to report its state: ");
        assertThat(jailed().pressPowerButton(ID)).isFalse();
    }

    @Test
    void itsPowerButtonIsCtrlAltDel() {
        assertThat(jailed().pressPowerButton(ID)).isTrue();
        assertThat(body("/actions")).isEqualTo(json("{\"action_type\":\"SendCtrlAltDel\"}"));
    }

    @Test
    void aGuestIsPausedAndGoesOnWhereItWas() {
        vmm.state = "Running";
        jailed().pause(ID, Vmm.PATIENCE);
        assertThat(body("/vm")).isEqualTo(json("{\"state\":\"Paused\"}"));
        vmm.state = "Paused";
        jailed().pause(ID, Vmm.PATIENCE);
        jailed().resume(ID, Vmm.PATIENCE);
        assertThat(vmm.requests).containsExactly("GET /", "GET /version", "PATCH /vm", "GET /", "GET /", "PATCH /vm");
        assertThat(body("/vm")).isEqualTo(json("{\"state\":\"Resumed\"}"));
    }

    @Test
    void whatRunsDecidesWhetherItCanBePausedAndWhatIsInstalledWhetherTheNextOneCan() {
        vmm.state = "Running";
        vmm.version = "1.16.1";
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> jailed().pause(ID, Vmm.PATIENCE))
                .withMessage("Cannot pause machine abcdefghijkl: Firecracker 1.16.1 loses the connection to a "
                        + "guest that was paused and resumed, and 1.16.2 or newer is needed. A machine keeps the "
                        + "version that it was started with.")
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNSUPPORTED));
        assertThat(vmm.requests).containsExactly("GET /", "GET /version");
        assertThat(jailed().obstacle(Capability.PAUSE)).isPresent();
        vmm.version = "something else";
        jailed().pause(ID, Vmm.PATIENCE);
        assertThat(vmm.requests).contains("PATCH /vm");
    }

    private static JsonNode json(String text) {
        return JsonMapper.builder().build().readTree(text);
    }

    private JsonNode body(String path) {
        return Objects.requireNonNull(vmm.bodies.get(path));
    }

    private VmmDriver jailed() {
        return driver(new FirecrackerVersion(1, 16, 1), inJail());
    }

    private Optional<Firecracker.Jailer> inJail() {
        return Optional.of(new Firecracker.Jailer(Path.of("/usr/bin/jailer"), folder.resolve("jails"), 900_000));
    }

    private VmmDriver unjailed() {
        return driver(new FirecrackerVersion(1, 16, 1), Optional.empty());
    }

    private VmmDriver driver(FirecrackerVersion version, Optional<Firecracker.Jailer> jailer) {
        return new Firecracker(Path.of("/usr/bin/firecracker"), version, jailer)
                .driver(
                        "because",
                        new MachineSettings(
                                layout,
                                new SnapshotLayout(folder.resolve("snapshots")),
                                Optional.of(Path.of("/groups")),
                                new RateLimits(
                                        OptionalLong.of(1 << 20), OptionalLong.of(500), OptionalLong.of(2 << 20))));
    }

    private static LaunchPlan continuing(Origin from) {
        return LaunchPlan.from(from, plan(7).machine());
    }

    private static LaunchPlan plan(int slot) {
        Image image = new Image(
                Optional.empty(),
                Path.of("/images/vmlinux"),
                "console=ttyS0 reboot=k",
                Optional.of(Path.of("/images/initramfs")),
                Path.of("/images/root.ext4"),
                0);
        return LaunchPlan.boot(new Machine(
                ID,
                1,
                slot,
                new MachineSpec(
                        "web-1",
                        3,
                        768,
                        List.of(),
                        List.of(),
                        Automation.NONE,
                        true,
                        image,
                        Disk.overImage(64, 16_384)),
                Optional.empty(),
                Optional.empty(),
                MachineStatus.STARTING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                Instant.EPOCH,
                Instant.EPOCH,
                1));
    }
}
