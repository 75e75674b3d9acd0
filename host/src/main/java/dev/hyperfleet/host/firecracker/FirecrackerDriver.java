package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.firecracker.Firecracker.Jailer;
import dev.hyperfleet.host.network.NetworkPlan;
import dev.hyperfleet.host.shim.Launch;
import dev.hyperfleet.host.snapshot.SuspendedFiles;
import dev.hyperfleet.host.vmm.BootFiles;
import dev.hyperfleet.host.vmm.ControlGroups;
import dev.hyperfleet.host.vmm.CpuModel;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.io.IOException;
import java.nio.file.Files;
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
        Path folder = folder(machine.id());
        return new Launch(
                command,
                List.of(),
                network,
                limits,
                jail,
                Optional.of(new Launch.Relays(folder, plan.from().isRestored())),
                HALT_WORDS);
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
                jails(jailer, machine.id()).toString(),
                "--resource-limit",
                "fsize=" + FILE_SIZE_LIMIT,
                "--resource-limit",
                "no-file=" + OPEN_FILES_LIMIT,
                "--");
    }

    private Launch.Jail jail(Jailer jailer, LaunchPlan plan) {
        Machine machine = plan.machine();
        return new Launch.Jail(jails(jailer, machine.id()), folder(machine.id()), user(jailer, machine), files(plan));
    }

    /** The files that a VMM finds in its folder. */
    private List<Launch.JailedFile> files(LaunchPlan plan) {
        List<Launch.JailedFile> all = new ArrayList<>(BootFiles.bound(plan, files(plan.machine())));
        settings.saved(plan).map(memory(plan.machine().id())::files).ifPresent(all::addAll);
        return all;
    }

    /** A VMM's root directory in its jail, or its working directory. */
    private Path folder(MachineId id) {
        return firecracker
                .jailer()
                .map(jailer -> root(jailer, id))
                .orElse(settings.layout().of(id).vmmDirectory());
    }

    /** Where the jailer creates the root: in its base folder, under the program's name and the machine's id. */
    private Path root(Jailer jailer, MachineId id) {
        return jails(jailer, id)
                .resolve(firecracker.program().getFileName())
                .resolve(id.value())
                .resolve("root");
    }

    private static Path jails(Jailer jailer, MachineId id) {
        return jailer.jails().resolve(id.value());
    }

    private static int user(Jailer jailer, Machine machine) {
        return jailer.firstUser() + machine.slot();
    }

    @Override
    public void boot(LaunchPlan plan, NetworkPlan network) {
        Machine machine = plan.machine();
        try (FirecrackerApi api = new FirecrackerApi(files(machine).vmmSocket())) {
            if (api.state().equals("Not started")) {
                if (firecracker.jailer().isEmpty()) {
                    link(plan);
                }
                if (plan.from().isRestored()) {
                    memory(machine.id()).load(api);
                } else {
                    BootFiles files = BootFiles.of(plan, files(machine), true);
                    new FirecrackerConfiguration(plan, network, files, settings.limits()).apply(api);
                    api.put("start the guest", "actions", Map.of("action_type", "InstanceStart"));
                }
            }
        }
        if (plan.from() instanceof Origin.OwnMemory) {
            SuspendedFiles.discard(files(machine)); // from now on, the guest changes its disk
        }
        if (plan.from().isRestored()) {
            resume(machine.id(), FirecrackerApi.DEADLINE);
        }
    }

    /**
     * Without a jail, the VMM has links in its folder instead. It saves the names of its files, and a copy must not open
     * those of its source.
     */
    private void link(LaunchPlan plan) {
        Path folder = folder(plan.machine().id());
        try {
            for (Launch.JailedFile file : files(plan)) {
                Path link = folder.resolve(file.name());
                Files.deleteIfExists(link); // an earlier server may have ended before the guest ran
                Files.createSymbolicLink(link, file.source());
            }
        } catch (IOException failure) {
            throw HostErrors.of("link the machine's files to", folder, failure);
        }
    }

    private FirecrackerMemory memory(MachineId id) {
        return new FirecrackerMemory(folder(id), firecracker.jailer().isPresent());
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return firecracker.version().pauseObstacle(); // a guest is paused to be saved, and resumed to continue
    }

    @Override
    public boolean isPaused(MachineId id) {
        try (FirecrackerApi api =
                FirecrackerApi.untilItEnds(settings.layout().of(id).vmmSocket())) {
            return api.state().equals("Paused");
        }
    }

    @Override
    public void pause(MachineId id, Duration timeout) {
        try (FirecrackerApi api = api(id, timeout)) {
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
    public void resume(MachineId id, Duration timeout) {
        try (FirecrackerApi api = api(id, timeout)) {
            if (api.state().equals("Paused")) {
                api.patch("resume the guest", "vm", Map.of("state", "Resumed"));
            }
        }
    }

    private FirecrackerApi api(MachineId id, Duration timeout) {
        return new FirecrackerApi(settings.layout().of(id).vmmSocket(), timeout);
    }

    @Override
    public String memoryFormat() {
        return "Firecracker %s, %s".formatted(firecracker.version(), CpuModel.read());
    }

    @Override
    public void save(MachineId id, SnapshotLayout.Paths to, Duration timeout) {
        try (FirecrackerApi api = api(id, timeout)) {
            // This VMM may have been started with another version.
            api.version()
                    .filter(running -> !running.equals(firecracker.version()))
                    .ifPresent(running -> {
                        throw new HyperfleetException(
                                ErrorCode.UNSUPPORTED,
                                "Machine %s was started with Firecracker %s, and %s is installed now: restart it to save it"
                                        .formatted(id, running, firecracker.version()));
                    });
            memory(id).save(api, firecracker.version().savesOnlyTouched(), to);
        }
    }

    @Override
    public String inspect(MachineId id) {
        try (FirecrackerApi api = api(id, Vmm.PATIENCE)) {
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
