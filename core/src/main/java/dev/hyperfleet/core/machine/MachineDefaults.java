package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.util.List;

/**
 * What new machines have.
 *
 * @param image what they boot
 * @param disks their block devices, in the guest's order
 */
public record MachineDefaults(Image image, List<Disk> disks) {}
