package dev.hyperfleet.store;

import dev.hyperfleet.core.machine.MachineSpec;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The columns of a machine's properties, without its name.
 *
 * @param exposedPorts decimal numbers, separated by commas, as in {@code publicPorts}
 * @param automation see {@link AutomationJson}
 * @param disks see {@link DiskJson}
 */
record SpecRow(
        @Fixed int vcpuCount,
        @Fixed long memSizeMib,
        String exposedPorts,
        String publicPorts,
        String automation,
        @Fixed boolean warmStart,
        @Fixed ImageRow image,
        @Fixed String disks) {
    static SpecRow of(MachineSpec spec) {
        return new SpecRow(
                spec.vcpuCount(),
                spec.memSizeMib(),
                text(spec.exposedPorts()),
                text(spec.publicPorts()),
                AutomationJson.text(spec.automation()),
                spec.warmStart(),
                ImageRow.of(spec.image()),
                DiskJson.text(spec.disks()));
    }

    /**
     * The properties of a machine of this name.
     *
     * @throws SQLException if this version does not know the automation or the disks
     */
    MachineSpec spec(String name) throws SQLException {
        return new MachineSpec(
                name,
                vcpuCount,
                memSizeMib,
                ports(exposedPorts),
                ports(publicPorts),
                AutomationJson.automation(automation),
                warmStart,
                image.image(),
                DiskJson.disks(disks));
    }

    private static String text(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static List<Integer> ports(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
    }
}
