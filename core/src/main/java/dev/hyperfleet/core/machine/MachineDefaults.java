package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.image.Image;
import java.util.List;

/**
 * The properties of new machines.
 *
 * @param image the image that they boot
 * @param disks their block devices, in the guest's order
 */
public record MachineDefaults(Image image, List<Disk> disks) {}
