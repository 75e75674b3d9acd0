package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.host.vmm.InstalledVmm;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The program.
 *
 * @param jailer its jailer; empty if it runs as the server's own user
 */
public record Firecracker(Path program, FirecrackerVersion version, Optional<Jailer> jailer) implements InstalledVmm {
    /**
     * Firecracker's jailer.
     *
     * @param jails the folder of all machines' jails
     * @param firstUser the user id of the first machine; each has its own, counted from there
     */
    public record Jailer(Path program, Path jails, int firstUser) {}

    @Override
    public VmmDriver driver(String reason, MachineSettings settings) {
        return new FirecrackerDriver(this, reason, settings);
    }

    @Override
    public OptionalInt firstUser() {
        return jailer.map(it -> OptionalInt.of(it.firstUser())).orElse(OptionalInt.empty());
    }

    @Override
    public boolean needsTap() {
        return true;
    }

    @Override
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (jailer.isEmpty()) {
            warnings.add("Firecracker runs WITHOUT ITS JAIL; HYPERFLEET_REQUIRE_JAIL=true forbids that");
        }
        version.pauseObstacle()
                .ifPresent(
                        obstacle -> warnings.add("machines cannot be paused, and their memory not saved: " + obstacle));
        return List.copyOf(warnings);
    }
}
