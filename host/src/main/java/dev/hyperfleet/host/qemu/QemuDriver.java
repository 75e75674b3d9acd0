package dev.hyperfleet.host.qemu;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.snapshot.SuspendedFiles;
import dev.hyperfleet.host.vmm.BootFiles;
import dev.hyperfleet.host.vmm.ControlGroups;
import dev.hyperfleet.host.vmm.KernelArguments;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.RateLimits;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * QEMU's microvm machine: virtio devices, a serial port, and nothing else. The options are explained in
 * QEMU's manual, "microvm" and "Invocation".
 */
final class QemuDriver implements VmmDriver {
    private static final long MIB = 1024 * 1024;

    /**
     * QEMU's address space besides the guest's memory: its libraries, kernel and initramfs, and the stacks of its
     * threads, of which it starts up to 64 when the disk is slow (8 MiB each).
     */
    private static final long MAPPED_MIB = 2048;

    /** The part of it that is really used. */
    private static final long OVERHEAD_MIB = 384;

    /** Threads besides the vCPUs': those that wait for a slow disk, and its own. */
    private static final int THREADS = 80;

    private static final int FIRST_DESCRIPTOR = 3;

    /** When a VMM exits, its sockets are closed. */
    private static final Duration AS_LONG_AS_IT_LIVES = Duration.ofDays(36_500);

    /** By our command, or after its memory was saved. */
    private static final Set<String> PAUSED = Set.of("paused", "postmigrate");

    /** The time to load the state of a guest's devices. Its memory is mapped, and read when it is used. */
    private static final Duration LOAD_TIMEOUT = Duration.ofSeconds(30);

    /** Larger than any disk that we create. */
    private static final long FILE_SIZE_LIMIT = 64 * 1024 * MIB;

    /**
     * By default, QEMU silently stops the guest on a full disk. Here the guest gets an error instead, as under
     * Firecracker (docs/adr/0011).
     */
    private static final String ON_ERROR = "werror=report,rerror=report";

    private final Qemu qemu;
    private final String reason;
    private final MachineSettings settings;
    private final MemoryFormat format;

    QemuDriver(Qemu qemu, String reason, MachineSettings settings) {
        this.qemu = qemu;
        this.reason = reason;
        this.settings = settings;
        this.format = new MemoryFormat(qemu);
    }

    @Override
    public Host.Description describe() {
        return new Host.Description("qemu", qemu.acceleration().text(), reason);
    }

    @Override
    public Launch launch(LaunchPlan plan, NetworkPlan network) {
        Machine machine = plan.machine();
        MachineFiles files = settings.layout().of(machine.id());
        MachineSpec spec = machine.spec();
        List<String> command = new ArrayList<>(qemu.command(spec.memSizeMib(), spec.vcpuCount()));
        BootFiles boot = BootFiles.of(plan, files, false);
        command.addAll(List.of("-kernel", boot.kernel()));
        boot.initrd().ifPresent(initrd -> command.addAll(List.of("-initrd", initrd)));
        command.addAll(List.of("-append", KernelArguments.of(plan, network, qemu.kernelArguments())));
        boot.drives().forEach(drive -> addDisk(command, drive));
        settings.saved(plan).ifPresent(saved -> continueFrom(command, saved, spec));
        List<Path> sockets = List.of(files.vmmSocket(), files.agentSocket());
        addNetwork(command, network, FIRST_DESCRIPTOR + sockets.size());
        // The shim listens on these sockets before QEMU starts, so there is no need to wait for them to appear.
        command.addAll(List.of(
                "-chardev", "socket,id=monitor,fd=3,server=on,wait=off",
                "-mon", "chardev=monitor,mode=control",
                "-chardev", "socket,id=agent,fd=4,server=on,wait=off",
                "-device", "virtio-serial-device",
                "-device", "virtserialport,chardev=agent,name=hyperfleet.agent"));
        return new Launch(
                command,
                sockets,
                network,
                new Launch.Limits(
                        (spec.memSizeMib() + Qemu.TRANSLATED_CODE_MIB + MAPPED_MIB) * MIB,
                        FILE_SIZE_LIMIT,
                        settings.controlGroups()
                                .map(parent -> ControlGroups.of(
                                        parent, machine, Qemu.TRANSLATED_CODE_MIB + OVERHEAD_MIB, THREADS))),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    @Override
    public void boot(LaunchPlan plan, NetworkPlan network) {
        // It was configured by its command line, and runs already, or waits for its memory.
        MachineFiles files = settings.layout().of(plan.machine().id());
        Optional<SnapshotLayout.Paths> saved = settings.saved(plan);
        if (saved.isEmpty()) {
            return;
        }
        new MemoryTransfer(files).load(saved.get(), LOAD_TIMEOUT);
        if (plan.from() instanceof Origin.OwnMemory) {
            SuspendedFiles.discard(files); // from now on, the guest changes its disk
        }
        resume(plan.machine().id(), LOAD_TIMEOUT);
    }

    /**
     * The guest's memory is the saved file: pages are shared with all VMMs that map it until the guest changes them. The
     * file's name may disappear while QEMU runs.
     */
    private static void continueFrom(List<String> command, SnapshotLayout.Paths saved, MachineSpec spec) {
        command.addAll(List.of(
                "-object",
                "memory-backend-file,id=%s,size=%dM,mem-path=%s,share=off"
                        .formatted(Qemu.MEMORY, spec.memSizeMib(), escaped(saved.memory())),
                "-M",
                "memory-backend=" + Qemu.MEMORY,
                "-S",
                "-incoming",
                "defer"));
    }

    /** In the value of an option, a comma is written twice. */
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return Optional.empty();
    }

    @Override
    public void pause(MachineId id, Duration timeout) {
        var _ = ask(id, "stop", timeout);
    }

    @Override
    public void resume(MachineId id, Duration timeout) {
        var _ = ask(id, "cont", timeout);
    }

    /** A guest that the VMM has stopped for a reason other than our command is not paused. */
    @Override
    public boolean isPaused(MachineId id) {
        return PAUSED.contains(
                ask(id, "query-status", AS_LONG_AS_IT_LIVES).path("status").asString(""));
    }

    @Override
    public String memoryFormat() {
        return format.get();
    }

    @Override
    public void save(MachineId id, SnapshotLayout.Paths files, Duration timeout) {
        new MemoryTransfer(settings.layout().of(id)).save(files, timeout);
    }

    @Override
    public String inspect(MachineId id) {
        StringBuilder said = new StringBuilder();
        try {
            said.append(ask(id, "query-status", Vmm.PATIENCE)).append('\n');
            said.append(ask(id, "query-chardev", Vmm.PATIENCE)).append('\n'); // whether the guest has opened its ports
            for (String table : List.of("registers", "lapic", "irq")) {
                said.append(askForPeople(id, "info " + table)).append('\n');
            }
        } catch (HyperfleetException silent) {
            said.append(silent.getMessage()).append('\n');
        }
        return said.toString();
    }

    private String askForPeople(MachineId id, String command) {
        return QemuMonitor.execute(
                        settings.layout().of(id).vmmSocket(),
                        "human-monitor-command",
                        Map.of("command-line", command),
                        Vmm.PATIENCE)
                .asString("");
    }

    private JsonNode ask(MachineId id, String command, Duration patience) {
        return QemuMonitor.execute(settings.layout().of(id).vmmSocket(), command, Map.of(), patience);
    }

    @Override
    public boolean pressPowerButton(MachineId id) {
        return false; // no kernel without an ACPI daemon would react to it
    }

    private void addDisk(List<String> command, BootFiles.Drive drive) {
        RateLimits limits = settings.limits();
        StringBuilder throttle = new StringBuilder();
        limits.diskBytes()
                .ifPresent(bytes -> throttle.append(",throttling.bps-total=").append(bytes));
        limits.diskOperations()
                .ifPresent(
                        operations -> throttle.append(",throttling.iops-total=").append(operations));
        command.addAll(List.of(
                "-drive",
                "id=%s,file=%s,format=raw,if=none,%s,%s%s"
                        .formatted(
                                drive.id(),
                                escaped(Path.of(drive.path())),
                                drive.readOnly() ? "readonly=on" : "discard=unmap",
                                ON_ERROR,
                                throttle),
                "-device",
                "virtio-blk-device,drive=" + drive.id()));
    }

    private static void addNetwork(List<String> command, NetworkPlan network, int tap) {
        command.addAll(List.of(
                "-netdev",
                network.filter().isPresent() ? "tap,id=net,fd=" + tap : userNetwork(network),
                "-device",
                "virtio-net-device,netdev=net,mac=" + network.attachment().guestMac()));
    }

    private static String userNetwork(NetworkPlan network) {
        String gateway = network.gateway();
        String block = gateway.substring(0, gateway.lastIndexOf('.') + 1);
        // The addresses for a name server and for DHCP are not used, but must be in the block.
        return "user,id=net,ipv6=off,net=%s0/24,host=%s,dns=%s3,dhcpstart=%s16".formatted(block, gateway, block, block);
    }
}
