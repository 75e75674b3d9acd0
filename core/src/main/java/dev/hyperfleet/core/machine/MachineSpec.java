package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The requested properties of a machine, and its image. {@link Machines#configure} changes ports and automation; the
 * rest never changes.
 *
 * @param name 1 to 63 letters, digits, '.', '_', '-'; unique among existing machines
 * @param vcpuCount virtual CPUs, 1 to 32
 * @param memSizeMib memory in MiB, at least 4
 * @param exposedPorts TCP ports of the guest that the proxy can reach, 1 to 65535, distinct, at most 1,000
 * @param publicPorts exposed ports that need no credentials
 * @param automation its automatic actions
 * @param warmStart whether its first start may continue from a boot snapshot
 * @param image the image that it boots
 * @param disks its block devices, in the guest's order; at most 26
 */
public record MachineSpec(
        String name,
        int vcpuCount,
        long memSizeMib,
        List<Integer> exposedPorts,
        List<Integer> publicPorts,
        Automation automation,
        boolean warmStart,
        Image image,
        List<Disk> disks) {
    /** The form of a name. */
    public static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,63}");

    public static final int MAX_VCPU_COUNT = 32;
    public static final int MIN_MEM_SIZE_MIB = 4;
    public static final int MAX_PORT = 65535;
    public static final int MAX_EXPOSED_PORTS = 1000;
    private static final int MAX_DISKS = 26;

    public MachineSpec {
        exposedPorts = List.copyOf(exposedPorts);
        publicPorts = List.copyOf(publicPorts);
        disks = List.copyOf(disks);
        require(NAME.matcher(name).matches(), "name");
        require(vcpuCount >= 1 && vcpuCount <= MAX_VCPU_COUNT, "vcpuCount");
        require(memSizeMib >= MIN_MEM_SIZE_MIB, "memSizeMib");
        require(exposedPorts.stream().allMatch(port -> port >= 1 && port <= MAX_PORT), "exposedPorts");
        require(exposedPorts.size() <= MAX_EXPOSED_PORTS, "exposedPorts");
        Set<Integer> distinct = new HashSet<>(exposedPorts);
        require(distinct.size() == exposedPorts.size(), "exposedPorts");
        require(distinct.containsAll(publicPorts), "publicPorts");
        require(disks.size() <= MAX_DISKS, "disks");
    }

    private static void require(boolean holds, String field) {
        if (!holds) {
            throw new IllegalArgumentException("out of range: " + field);
        }
    }

    /**
     * A warning that the machine has too little memory for its image to boot; empty if it has enough, as far as is
     * known.
     */
    public Optional<String> lackOfMemory() {
        long least = image.leastMemSizeMib();
        return memSizeMib >= least
                ? Optional.empty()
                : Optional.of(("%d MiB of memory are too little for the machine's image to boot, which needs %d:"
                                + " create a machine with mem_size_mib of %d or more")
                        .formatted(memSizeMib, least, least));
    }

    /** The same machine with other ports and another automation. */
    public MachineSpec with(List<Integer> exposed, List<Integer> open, Automation other) {
        return new MachineSpec(name, vcpuCount, memSizeMib, exposed, open, other, warmStart, image, disks);
    }
}
