package dev.hyperfleet.vmm;

import dev.hyperfleet.core.BootImage;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Hypervisor;
import dev.hyperfleet.core.Launch;
import dev.hyperfleet.core.Machine;
import dev.hyperfleet.core.MachineFiles;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.NetworkPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Firecracker, in its jailer where the server has the rights for that. It is started empty; then its API
 * is told what to run.
 */
final class FirecrackerHypervisor implements Hypervisor {
    private static final long MIB = 1024 * 1024;

    /** What Firecracker needs besides the guest's memory: 5 MiB by its own account, and buffers of devices. */
    private static final long OVERHEAD_MIB = 128;

    /** Besides the vCPUs': its main and its API's, and those of a start. */
    private static final int THREADS = 8;

    /** Larger than any disk that we make. */
    private static final long FILE_SIZE_LIMIT = 64 * 1024 * MIB;

    private static final int OPEN_FILES_LIMIT = 1024;
    private static final int GUEST_CID = 3;
    private static final int REFILL_MILLISECONDS = 1000;

    private final Firecracker firecracker;
    private final String reason;
    private final MachineSettings settings;

    FirecrackerHypervisor(Firecracker firecracker, String reason, MachineSettings settings) {
        this.firecracker = firecracker;
        this.reason = reason;
        this.settings = settings;
    }

    @Override
    public Description describe() {
        return new Description("firecracker", "kvm", reason);
    }

    @Override
    public Launch launch(Machine machine, NetworkPlan network) {
        String id = machine.id().value();
        List<String> command = new ArrayList<>();
        Optional<Launch.Jail> jail = firecracker.jailer().map(jailer -> jail(jailer, machine));
        if (firecracker.jailer().isPresent()) {
            Firecracker.Jailer jailer = firecracker.jailer().get();
            String user = String.valueOf(user(jailer, machine));
            command.addAll(List.of(
                    jailer.program().toString(),
                    "--id",
                    id,
                    "--exec-file",
                    firecracker.program().toString(),
                    "--uid",
                    user,
                    "--gid",
                    user,
                    "--chroot-base-dir",
                    jailer.jails().resolve(id).toString(),
                    "--resource-limit",
                    "fsize=" + FILE_SIZE_LIMIT,
                    "--resource-limit",
                    "no-file=" + OPEN_FILES_LIMIT,
                    "--"));
        } else {
            command.addAll(List.of(firecracker.program().toString(), "--id", id));
        }
        command.addAll(List.of("--api-sock", Launch.Relays.API, "--log-path", Launch.Relays.LOG, "--level", "Warn"));
        return new Launch(
                command,
                List.of(),
                network,
                new Launch.Limits(
                        0,
                        FILE_SIZE_LIMIT,
                        settings.controlGroups()
                                .map(parent -> ControlGroups.of(parent, machine, OVERHEAD_MIB, THREADS))),
                jail,
                Optional.of(new Launch.Relays(
                        jail.map(Launch.Jail::root).orElse(files(machine).vmmDirectory()))),
                // It has no way to be switched off by its guest: a guest that halts would run on for ever.
                List.of("reboot: System halted", "reboot: Power down"));
    }

    private Launch.Jail jail(Firecracker.Jailer jailer, Machine machine) {
        String id = machine.id().value();
        Path folder = jailer.jails().resolve(id);
        Path root =
                folder.resolve(firecracker.program().getFileName()).resolve(id).resolve("root");
        List<Launch.JailedFile> bound = new ArrayList<>();
        JailedPaths paths = new JailedPaths(true);
        BootImage image = machine.spec().image();
        bound.add(new Launch.JailedFile(image.kernel(), paths.kernel(image), false));
        image.initrd().ifPresent(initrd -> bound.add(new Launch.JailedFile(initrd, paths.initrd(initrd), false)));
        bound.add(new Launch.JailedFile(image.rootfs(), paths.root(image), false));
        Path disk = files(machine).disk();
        bound.add(new Launch.JailedFile(disk, paths.disk(disk), true));
        return new Launch.Jail(folder, root, user(jailer, machine), bound);
    }

    private static int user(Firecracker.Jailer jailer, Machine machine) {
        return jailer.firstUser() + machine.slot();
    }

    /** What Firecracker calls the files of a machine: in a jail, they have names of their own. */
    private record JailedPaths(boolean jailed) {
        String kernel(BootImage image) {
            return jailed ? "kernel" : image.kernel().toString();
        }

        String initrd(Path initrd) {
            return jailed ? "initrd" : initrd.toString();
        }

        String root(BootImage image) {
            return jailed ? "rootfs" : image.rootfs().toString();
        }

        String disk(Path disk) {
            return jailed ? "disk" : disk.toString();
        }
    }

    @Override
    public void boot(Machine machine, NetworkPlan network) {
        try (FirecrackerApi api = new FirecrackerApi(files(machine).vmmSocket())) {
            if (!api.isStarted()) {
                configure(api, machine, network);
                api.put("start the guest", "actions", Map.of("action_type", "InstanceStart"));
            }
        }
    }

    private void configure(FirecrackerApi api, Machine machine, NetworkPlan network) {
        JailedPaths paths = new JailedPaths(firecracker.jailer().isPresent());
        BootImage image = machine.spec().image();
        api.put(
                "make a machine of this size",
                "machine-config",
                Map.of(
                        "vcpu_count", machine.spec().vcpuCount(),
                        "mem_size_mib", machine.spec().memSizeMib()));
        Map<String, Object> boot = new HashMap<>();
        boot.put("kernel_image_path", paths.kernel(image));
        image.initrd().ifPresent(initrd -> boot.put("initrd_path", paths.initrd(initrd)));
        boot.put(
                "boot_args",
                KernelArguments.of(
                        machine,
                        network,
                        List.of(
                                // A reset is how a guest ends its machine. Looking for a mouse costs half a second.
                                "hyperfleet.poweroff=reset", "i8042.noaux", "i8042.nomux", "i8042.dumbkbd")));
        api.put("load the kernel", "boot-source", boot);
        drive(api, "root", paths.root(image), true);
        drive(api, "scratch", paths.disk(files(machine).disk()), false);
        network.attachment().tap().ifPresent(tap -> card(api, network, tap.device()));
        api.put(
                "give the guest a vsock device",
                "vsock",
                Map.of("guest_cid", GUEST_CID, "uds_path", Launch.Relays.VSOCK));
        api.put("give the guest a source of entropy", "entropy", Map.of());
    }

    /** In the order of these calls the guest sees them as vda, vdb, … */
    private void drive(FirecrackerApi api, String id, String path, boolean readOnly) {
        Map<String, Object> drive = new HashMap<>(Map.of(
                "drive_id", id,
                "path_on_host", path,
                "is_root_device", false,
                "is_read_only", readOnly));
        RateLimits limits = settings.limits();
        limiter(limits.diskBytes(), limits.diskOperations()).ifPresent(limiter -> drive.put("rate_limiter", limiter));
        api.put("attach the disk " + id, "drives/" + id, drive);
    }

    private void card(FirecrackerApi api, NetworkPlan network, String tap) {
        Map<String, Object> card = new HashMap<>(Map.of(
                "iface_id",
                "eth0",
                "host_dev_name",
                tap,
                "guest_mac",
                network.attachment().guestMac()));
        limiter(settings.limits().networkBytes(), OptionalLong.empty()).ifPresent(limiter -> {
            card.put("rx_rate_limiter", limiter);
            card.put("tx_rate_limiter", limiter);
        });
        api.put("attach the network", "network-interfaces/eth0", card);
    }

    private static Optional<Map<String, Object>> limiter(OptionalLong bytes, OptionalLong operations) {
        Map<String, Object> limiter = new HashMap<>();
        bytes.ifPresent(size -> limiter.put("bandwidth", Map.of("size", size, "refill_time", REFILL_MILLISECONDS)));
        operations.ifPresent(size -> limiter.put("ops", Map.of("size", size, "refill_time", REFILL_MILLISECONDS)));
        return limiter.isEmpty() ? Optional.empty() : Optional.of(limiter);
    }

    @Override
    public boolean pressPowerButton(MachineId id) {
        try (FirecrackerApi api = new FirecrackerApi(settings.layout().of(id).vmmSocket())) {
            api.put("press Ctrl-Alt-Del", "actions", Map.of("action_type", "SendCtrlAltDel"));
            return true;
        } catch (HyperfleetException impossible) {
            return false; // it is killed then
        }
    }

    private MachineFiles files(Machine machine) {
        return settings.layout().of(machine.id());
    }
}
