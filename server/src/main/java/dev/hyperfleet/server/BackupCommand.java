package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a backup of this host's server, which may run. */
@Command(
        name = "backup",
        description = {
            "Back up the database and the machines' disks to a new folder.",
            "The server may run. The database has machines, keys and the audit log.",
            "The disk of a machine that runs is copied as after a power cut, or left out if it changes meanwhile: pause "
                    + "or stop the machine first. Images, consoles and settings are not included."
        },
        footer = {"", "Exit status: 0 all disks that were asked for are included; 1 some are not, or it has failed."})
final class BackupCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FOLDER", description = "The folder, which must not exist.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path folder;

    @Option(names = "--stopped-only", description = "Leave out the disks of machines that run or are paused.")
    private boolean stoppedOnly;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Output output = new Output(spec.commandLine());
        Settings settings = Settings.from(System.getenv());
        Path target = folder.toAbsolutePath().normalize();
        BackupManifest manifest = new Backup(settings, !stoppedOnly, Clock.systemUTC()).write(target);
        print(output, manifest, json);
        output.say("the backup is in " + target);
        long without = manifest.machines().stream()
                .filter(machine -> machine.disk() == BackupManifest.Disk.LEFT_OUT)
                .count();
        if (without > 0) {
            output.say("%d disks of running machines are not in it: pause or stop those machines first"
                    .formatted(without));
        }
        return without == 0 || stoppedOnly ? 0 : 1;
    }

    /** What a backup has of each machine. */
    static void print(Output output, BackupManifest manifest, boolean json) {
        if (json) {
            output.json(manifest);
            return;
        }
        List<Map<String, String>> rows = manifest.machines().stream()
                .map(machine -> Map.of(
                        "id", machine.id(),
                        "name", machine.name(),
                        "status", machine.status(),
                        "disk", machine.disk().text()))
                .toList();
        output.table(List.of("id", "name", "status", "disk"), rows);
    }
}
