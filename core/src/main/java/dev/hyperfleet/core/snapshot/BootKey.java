package dev.hyperfleet.core.snapshot;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.Owner;
import java.util.Optional;

/**
 * What two machines must have in common for one to continue from the other's boot: the owner, the content of the image,
 * the size, and the VMM. The memory of a guest that has booted shows its machine's name, and where its kernel is: no
 * other owner shall know that.
 *
 * @param digest 64 hexadecimal digits
 */
public record BootKey(String digest) {
    /**
     * The key of a machine's first start; empty for an image without an agent, or without a digest.
     *
     * @param memoryFormat of the host
     */
    public static Optional<BootKey> of(Machine machine, String memoryFormat) {
        MachineSpec spec = machine.spec();
        if (spec.image().initrd().isEmpty()) {
            return Optional.empty();
        }
        return spec.image()
                .digest()
                .map(image -> String.join(
                        "\n",
                        machine.owner().flatMap(Owner::keyId).orElse(""),
                        image,
                        spec.image().kernelArgs(),
                        String.valueOf(spec.vcpuCount()),
                        String.valueOf(spec.memSizeMib()),
                        spec.disks().toString(),
                        memoryFormat))
                .map(Sha256::of)
                .map(BootKey::new);
    }
}
