package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.network.NetworkPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The kernel's command line: the operator's arguments, then those for the agent. Documented in docs/configuration.md.
 */
public final class KernelArguments {
    private static final Pattern ROOT = Pattern.compile("(^|\\s)root=");

    private KernelArguments() {}

    /**
     * The whole line.
     *
     * @param ofTheVmm arguments for kernels under this VMM
     */
    public static String of(LaunchPlan plan, NetworkPlan network, List<String> ofTheVmm) {
        Machine machine = plan.machine();
        String own = machine.spec().image().kernelArgs();
        List<String> arguments = new ArrayList<>(List.of(own));
        arguments.addAll(ofTheVmm);
        if (machine.spec().image().initrd().isEmpty()) {
            if (!ROOT.matcher(own).find()) {
                arguments.add("root=/dev/vda ro");
            }
            return String.join(" ", arguments);
        }
        arguments.add("quiet"); // each line on the serial port costs time
        arguments.add("hyperfleet.root=" + root(plan.disks()));
        arguments.add("hyperfleet.hostname=" + machine.spec().name());
        arguments.add("hyperfleet.address=" + network.attachment().guestAddress() + NetworkPlan.PREFIX);
        arguments.add("hyperfleet.gateway=" + network.gateway());
        network.dns().ifPresent(dns -> arguments.add("hyperfleet.dns=" + dns));
        return String.join(" ", arguments);
    }

    /** The devices of the root file system, the lowest first: each is mounted over the previous one. */
    private static String root(List<Disk> disks) {
        List<String> devices = new ArrayList<>();
        for (Disk.Kind kind : Disk.Kind.values()) {
            for (int place = 0; place < disks.size(); place++) {
                if (disks.get(place).kind() == kind) {
                    devices.add(Disk.device(place));
                }
            }
        }
        return String.join(",", devices);
    }
}
