package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.firecracker.Firecracker.Jailer;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.vmm.BootFiles;
import dev.hyperfleet.host.vmm.ControlGroups;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Firecracker, in its jailer if the server has the rights for that. It is started empty; then it is configured through
 * its API.
 */
final class FirecrackerDriver implements VmmDriver {
    private static final long MIB = 1024 * 1024;

    /** Firecracker's memory besides the guest's: 5 MiB according to its documentation, and buffers of devices. */
    private static final long OVERHEAD_MIB = 128;

    /**
     * Threads besides the vCPUs': the main one, the API's, and those of the shim's last step, which becomes the VMM.
     */
    private static final int THREADS = 32;

    private static final String NO_SNAPSHOTS = "the memory of machines under Firecracker cannot be saved yet";

    /** Larger than any disk that we create. */
    private static final long FILE_SIZE_LIMIT = 64 * 1024 * MIB;

    private static final int OPEN_FILES_LIMIT = 1024;

    /** Its guest cannot switch it off: a halted guest's VMM would run for ever. */
    private static final List<String> HALT_WORDS = List.of("reboot: System halted", "reboot: Power down");

    private final Firecracker firecracker;
    private final String reason;
    private final MachineSettings settings;

    FirecrackerDriver(Firecracker firecracker, String reason, MachineSettings settings) {
        this.firecracker = firecracker;
        this.reason = reason;
        this.settings = settings;
    }

    @Override
    public Host.Description describe() {
        return new Host.Description("firecracker", "kvm", reason);
    }

    @Override
    public Launch launch(LaunchPlan plan, NetworkPlan network) {
        Machine machine = plan.machine();
        Optional<Launch.Jail> jail = firecracker.jailer().map(jailer -> jail(jailer, plan));
        List<String> command = new ArrayList<>(firecracker
                .jailer()
                .map(jailer -> jailed(jailer, machine))
                .orElseGet(() -> List.of(
                        firecracker.program().toString(), "--id", machine.id().value())));
        command.addAll(List.of("--api-sock", Launch.Relays.API, "--log-path", Launch.Relays.LOG, "--level", "Warn"));
        Launch.Limits limits = new Launch.Limits(
                0,
                FILE_SIZE_LIMIT,
                settings.controlGroups().map(parent -> ControlGroups.of(parent, machine, OVERHEAD_MIB, THREADS)));
        Path folder = jail.map(Launch.Jail::root).orElse(files(machine).vmmDirectory());
        return new Launch(
                command, List.of(), network, limits, jail, Optional.of(new Launch.Relays(folder)), HALT_WORDS);
    }

    private List<String> jailed(Jailer jailer, Machine machine) {
        String user = String.valueOf(user(jailer, machine));
        return List.of(
                jailer.program().toString(),
                "--id",
                machine.id().value(),
                "--exec-file",
                firecracker.program().toString(),
                "--uid",
                user,
                "--gid",
                user,
                "--chroot-base-dir",
                folder(jailer, machine).toString(),
                "--resource-limit",
                "fsize=" + FILE_SIZE_LIMIT,
                "--resource-limit",
                "no-file=" + OPEN_FILES_LIMIT,
                "--");
    }

    /** Where the jailer creates the root: in its base folder, under the program's name and the machine's id. */
    private Launch.Jail jail(Jailer jailer, LaunchPlan plan) {
        Machine machine = plan.machine();
        Path root = folder(jailer, machine)
                .resolve(firecracker.program().getFileName())
                .resolve(machine.id().value())
                .resolve("root");
        return new Launch.Jail(
                folder(jailer, machine), root, user(jailer, machine), BootFiles.bound(plan, files(machine)));
    }

    private static Path folder(Jailer jailer, Machine machine) {
        return jailer.jails().resolve(machine.id().value());
    }

    private static int user(Jailer jailer, Machine machine) {
        return jailer.firstUser() + machine.slot();
    }

    @Override
    public void boot(LaunchPlan plan, NetworkPlan network) {
        Machine machine = plan.machine();
        try (FirecrackerApi api = new FirecrackerApi(files(machine).vmmSocket())) {
            if (api.state().equals("Not started")) {
                BootFiles files =
                        BootFiles.of(plan, files(machine), firecracker.jailer().isPresent());
                new FirecrackerConfiguration(plan, network, files, settings.limits()).apply(api);
                api.put("start the guest", "actions", Map.of("action_type", "InstanceStart"));
            }
        }
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return switch (capability) {
            case PAUSE -> firecracker.version().pauseObstacle();
            case SNAPSHOT -> Optional.of(NO_SNAPSHOTS);
        };
    }

    @Override
    public boolean isPaused(MachineId id) {
        try (FirecrackerApi api =
                FirecrackerApi.untilItEnds(settings.layout().of(id).vmmSocket())) {
            return api.state().equals("Paused");
        }
    }

    @Override
    public void pause(MachineId id) {
        try (FirecrackerApi api = api(id)) {
            if (!api.state().equals("Paused")) {
                // The installed version does not count: this VMM may have been started with another one.
                api.version().flatMap(FirecrackerVersion::pauseObstacle).ifPresent(obstacle -> {
                    throw new HyperfleetException(
                            ErrorCode.UNSUPPORTED,
                            "Cannot pause machine %s: %s. A machine keeps the version that it was started with."
                                    .formatted(id, obstacle));
                });
                api.patch("pause the guest", "vm", Map.of("state", "Paused"));
            }
        }
    }

    @Override
    public void resume(MachineId id) {
        try (FirecrackerApi api = api(id)) {
            if (api.state().equals("Paused")) {
                api.patch("resume the guest", "vm", Map.of("state", "Resumed"));
            }
        }
    }

    private FirecrackerApi api(MachineId id) {
        return new FirecrackerApi(settings.layout().of(id).vmmSocket(), Vmm.PATIENCE);
    }

    @Override
    public String memoryFormat() {
        return "firecracker";
    }

    @Override
    public void save(MachineId id, SnapshotLayout.Paths files, Duration timeout) {
        throw new HyperfleetException(ErrorCode.UNSUPPORTED, NO_SNAPSHOTS);
    }

    @Override
    public String inspect(MachineId id) {
        try (FirecrackerApi api = api(id)) {
            return "state: " + api.state();
        } catch (HyperfleetException silent) {
            return String.valueOf(silent.getMessage());
        }
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
