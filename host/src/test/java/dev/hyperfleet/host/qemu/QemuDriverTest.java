package dev.hyperfleet.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.host.AgentChannel;
import dev.hyperfleet.host.BootExamples;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.qemu.Qemu.Acceleration;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.RateLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QemuDriverTest {
    private static final MachineId ID = new MachineId("abcdefghijkl");
    private static final long MIB = 1024 * 1024;
    private static final MachineLayout LAYOUT = new MachineLayout(Path.of("/machines"), Path.of("/sockets"));
    private static final RateLimits NO_LIMITS =
            new RateLimits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    private static final MachineFiles FILES = LAYOUT.of(ID);

    /** QEMU's own default, on a full disk, is to stop the guest. */
    private static final String ON_ERROR = "werror=report,rerror=report";

    private static final Image IMAGE = new Image(
            Optional.empty(),
            Path.of("/images/vmlinux"),
            "console=ttyS0 reboot=k",
            Optional.of(Path.of("/images/initramfs")),
            Path.of("/images/root.ext4"),
            0);
    private static final Image WITHOUT_INITRD =
            new Image(Optional.empty(), IMAGE.kernel(), IMAGE.kernelArgs(), Optional.empty(), IMAGE.rootfs(), 0);
    private static final NetworkPlan NETWORK = new NetworkPlan(
            new NetworkAttachment("172.16.0.2", "AA:FC:01:02:03:04", true, Optional.empty(), Optional.empty()),
            "172.16.0.1",
            Optional.of("10.0.2.3"),
            Optional.of("/usr/bin/slirp4netns"),
            List.of("10.0.0.0/8"),
            Optional.empty(),
            Optional.empty());
    private static final NetworkPlan WITHOUT_UPLINK = new NetworkPlan(
            new NetworkAttachment("172.16.0.2", "AA:FC:01:02:03:04", false, Optional.empty(), Optional.empty()),
            "172.16.0.1",
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty());

    @Test
    void aMachineHasWhatItsMakerAskedFor() {
        Launch launch = launch(Acceleration.KVM, IMAGE, NETWORK);
        List<String> command = launch.command();
        assertThat(command).startsWith("/usr/bin/qemu-system-x86_64", "-M", "microvm,rtc=on,dump-guest-core=off");
        assertThat(option(command, "-m")).isEqualTo("768M");
        assertThat(option(command, "-smp")).isEqualTo("3");
        assertThat(option(command, "-kernel")).isEqualTo("/images/vmlinux");
        assertThat(option(command, "-initrd")).isEqualTo("/images/initramfs");
        assertThat(command).contains("virtio-net-device,netdev=net,mac=AA:FC:01:02:03:04");
        assertThat(option(command, "-netdev")).contains("net=172.16.0.0/24,host=172.16.0.1");
        assertThat(launch.network()).isEqualTo(NETWORK);
    }

    /** The agent knows them by their order: /dev/vda, /dev/vdb. */
    @Test
    void theRootComesBeforeTheMachinesOwnDiskAndIsReadOnly() {
        List<String> command = launch(Acceleration.KVM, IMAGE, NETWORK).command();
        int root = command.indexOf("id=root,file=/images/root.ext4,format=raw,if=none,readonly=on," + ON_ERROR);
        int scratch = command.indexOf(
                "id=scratch,file=" + FILES.emptyDisk() + ",format=raw,if=none,discard=unmap," + ON_ERROR);
        assertThat(root).isPositive();
        assertThat(scratch).isGreaterThan(root);
        assertThat(command.indexOf("virtio-blk-device,drive=root"))
                .isPositive()
                .isLessThan(command.indexOf("virtio-blk-device,drive=scratch"));
    }

    /** Otherwise a file named "disk,readonly=off" would become an option. */
    @Test
    void aCommaInAPathIsPartOfThePath() {
        Image image = new Image(
                Optional.empty(),
                IMAGE.kernel(),
                "",
                IMAGE.initrd(),
                Path.of("/images/a,readonly=off,,b/root.ext4"),
                0);
        assertThat(launch(Acceleration.KVM, image, NETWORK).command())
                .contains("id=root,file=/images/a,,readonly=off,,,,b/root.ext4,format=raw,if=none,readonly=on,"
                        + ON_ERROR);
    }

    @Test
    void theSocketsAreThoseThatQemuInheritsInThisOrder() throws IOException {
        Launch launch = launch(Acceleration.KVM, IMAGE, NETWORK);
        assertThat(launch.sockets()).containsExactly(FILES.vmmSocket(), FILES.agentSocket());
        assertThat(launch.command())
                .containsSubsequence(
                        "socket,id=monitor,fd=3,server=on,wait=off",
                        "chardev=monitor,mode=control",
                        "socket,id=agent,fd=4,server=on,wait=off",
                        "virtserialport,chardev=agent,name="
                                + AgentChannel.agreed().get("serial_port").asString());
    }

    @ParameterizedTest
    @EnumSource
    void qemuIsInItsSandboxAndHasNothingThatWasNotAskedFor(Acceleration acceleration) {
        List<String> command = launch(acceleration, IMAGE, NETWORK).command();
        assertThat(option(command, "-sandbox"))
                .isEqualTo("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        assertThat(command).contains("-nodefaults", "-no-user-config", "-no-reboot");
        assertThat(option(command, "-display")).isEqualTo("none");
    }

    @Test
    void withKvmTheGuestHasTheHostsCpu() {
        List<String> command = launch(Acceleration.KVM, IMAGE, NETWORK).command();
        assertThat(option(command, "-accel")).isEqualTo("kvm");
        assertThat(option(command, "-cpu")).isEqualTo("host");
        assertThat(option(command, "-append")).doesNotContain("tsc");
    }

    @Test
    void anEmulatedCpuIsToldTheRateOfItsClockAndToTrustItAndKeepsLittleTranslatedCode() {
        List<String> command = launch(Acceleration.TCG, IMAGE, NETWORK).command();
        assertThat(option(command, "-accel")).isEqualTo("tcg,thread=multi,tb-size=256");
        assertThat(option(command, "-cpu")).isEqualTo("max");
        assertThat(option(command, "-append").split(" ")).contains("tsc_early_khz=2399999", "tsc=reliable");
    }

    @Test
    void qemuMayMapTheGuestsMemoryAndABitMore() {
        Launch launch = launch(Acceleration.TCG, IMAGE, NETWORK);
        assertThat(launch.limits().addressSpace()).isBetween((768 + 256) * MIB, (768 + 256 + 2048) * MIB);
        assertThat(launch.limits().fileSize()).isPositive();
    }

    @Test
    void theKernelsArgumentsBeginWithTheUsersSoThatOursWin() {
        assertThat(option(launch(Acceleration.KVM, IMAGE, NETWORK).command(), "-append"))
                .startsWith("console=ttyS0 reboot=k ")
                .isEqualTo(BootExamples.line("qemu-kvm"));
    }

    @Test
    void anEmulatedMachinesAgentIsToldToCheckItsTimer() {
        assertThat(option(launch(Acceleration.TCG, IMAGE, WITHOUT_UPLINK).command(), "-append"))
                .isEqualTo(BootExamples.line("qemu-emulated"));
    }

    @Test
    void withoutAWayOutThereIsNoNameServer() {
        assertThat(option(launch(Acceleration.KVM, IMAGE, WITHOUT_UPLINK).command(), "-append"))
                .contains("hyperfleet.gateway=172.16.0.1")
                .doesNotContain("hyperfleet.dns");
    }

    @Test
    void aKernelWithoutOurInitramfsIsGivenItsRootAndNothingForAnAgent() {
        List<String> command = launch(Acceleration.KVM, WITHOUT_INITRD, NETWORK).command();
        assertThat(command).doesNotContain("-initrd");
        assertThat(option(command, "-append")).isEqualTo("console=ttyS0 reboot=k root=/dev/vda ro");
    }

    @Test
    void aRootThatTheUserHasNamedIsKept() {
        for (String own : List.of("root=/dev/vdb rw", "console=ttyS0 root=LABEL=mine", "quiet\troot=/dev/vdb")) {
            Image image = new Image(Optional.empty(), IMAGE.kernel(), own, Optional.empty(), IMAGE.rootfs(), 0);
            assertThat(option(launch(Acceleration.KVM, image, NETWORK).command(), "-append"))
                    .isEqualTo(own);
        }
        Image lookalike =
                new Image(Optional.empty(), IMAGE.kernel(), "nfsroot=/x", Optional.empty(), IMAGE.rootfs(), 0);
        assertThat(option(launch(Acceleration.KVM, lookalike, NETWORK).command(), "-append"))
                .isEqualTo("nfsroot=/x root=/dev/vda ro");
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(driver(Acceleration.KVM).describe()).isEqualTo(new Host.Description("qemu", "kvm", "because"));
        assertThat(driver(Acceleration.TCG).describe()).isEqualTo(new Host.Description("qemu", "tcg", "because"));
    }

    private static QemuDriver driver(Acceleration acceleration) {
        Qemu qemu = new Qemu(Path.of("/usr/bin/qemu-system-x86_64"), acceleration, 2_399_999);
        return new QemuDriver(
                qemu,
                "because",
                new MachineSettings(LAYOUT, new SnapshotLayout(Path.of("/snapshots")), Optional.empty(), NO_LIMITS));
    }

    private static Launch launch(Acceleration acceleration, Image image, NetworkPlan network) {
        LaunchPlan plan = LaunchPlan.boot(new Machine(
                ID,
                1,
                0,
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
        return driver(acceleration).launch(plan, network);
    }

    /** The value of an option that occurs once. */
    private static String option(List<String> command, String name) {
        assertThat(command).containsOnlyOnce(name);
        return command.get(command.indexOf(name) + 1);
    }
}
