package dev.hyperfleet.core.control;

import dev.hyperfleet.core.machine.MachineSpec;
import java.util.List;

/**
 * How first starts are made faster than a boot.
 *
 * @param maxBytes the space for boot snapshots; 0 boots every machine
 * @param shares the guests that wait in pools
 */
public record WarmStarts(long maxBytes, List<Share> shares) {
    /** Every machine boots. */
    public static final WarmStarts NONE = new WarmStarts(0, List.of());

    public WarmStarts {
        shares = List.copyOf(shares);
    }

    /**
     * A number of guests of one kind that wait.
     *
     * @param spec the properties of their machines
     */
    public record Share(MachineSpec spec, int count) {
        /** Whether a machine of these properties may continue with such a guest. */
        boolean fits(MachineSpec other) {
            return other.warmStart()
                    && spec.vcpuCount() == other.vcpuCount()
                    && spec.memSizeMib() == other.memSizeMib()
                    && spec.image().equals(other.image())
                    && spec.disks().equals(other.disks());
        }
    }
}
