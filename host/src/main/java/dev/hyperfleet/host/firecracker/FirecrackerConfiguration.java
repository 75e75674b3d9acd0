package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.vmm.BootFiles;
import dev.hyperfleet.host.vmm.KernelArguments;
import dev.hyperfleet.host.vmm.RateLimits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The configuration of Firecracker for a machine, in the order in which the guest sees its devices. */
record FirecrackerConfiguration(LaunchPlan plan, NetworkPlan network, BootFiles files, RateLimits limits) {
    private static final int GUEST_CID = 3;
    private static final int REFILL_MILLISECONDS = 1000;

    /** A guest ends its machine by a reset. Probing for a mouse costs half a second. */
    private static final List<String> KERNEL_ARGUMENTS =
            List.of("hyperfleet.poweroff=reset", "i8042.noaux", "i8042.nomux", "i8042.dumbkbd");

    void apply(FirecrackerApi api) {
        MachineSpec spec = plan.machine().spec();
        api.put(
                "set the machine's size",
                "machine-config",
                Map.of(
                        "vcpu_count", spec.vcpuCount(),
                        "mem_size_mib", spec.memSizeMib()));
        Map<String, Object> boot = new HashMap<>();
        boot.put("kernel_image_path", files.kernel());
        files.initrd().ifPresent(initrd -> boot.put("initrd_path", initrd));
        boot.put("boot_args", KernelArguments.of(plan, network, KERNEL_ARGUMENTS));
        api.put("load the kernel", "boot-source", boot);
        files.drives().forEach(drive -> attach(api, drive));
        network.attachment().tap().ifPresent(tap -> card(api, tap.device()));
        api.put("attach a vsock device", "vsock", Map.of("guest_cid", GUEST_CID, "uds_path", Launch.Relays.VSOCK));
        api.put("attach a source of entropy", "entropy", Map.of());
    }

    private void attach(FirecrackerApi api, BootFiles.Drive disk) {
        Map<String, Object> drive = new HashMap<>(Map.of(
                "drive_id", disk.id(),
                "path_on_host", disk.path(),
                "is_root_device", false,
                "is_read_only", disk.readOnly()));
        limiter(limits.diskBytes(), limits.diskOperations()).ifPresent(limiter -> drive.put("rate_limiter", limiter));
        api.put("attach the disk " + disk.id(), "drives/" + disk.id(), drive);
    }

    private void card(FirecrackerApi api, String tap) {
        Map<String, Object> card = new HashMap<>(Map.of(
                "iface_id",
                "eth0",
                "host_dev_name",
                tap,
                "guest_mac",
                network.attachment().guestMac()));
        limiter(limits.networkBytes(), OptionalLong.empty()).ifPresent(limiter -> {
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
}
