package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Restores a backup of a server on this host. */
@Command(
        name = "restore",
        description = {
            "Restore a backup into an empty home.",
            "HYPERFLEET_HOME must have no database and no machines. Then start the server.",
            "Machines that ran are failed, and can be started."
        },
        footer = {
            "",
            "Exit status: 0 all is restored; 1 it has failed, and the home is as before; 3 it is restored, but images "
                    + "or disks are missing."
        })
final class RestoreCommand implements Callable<Integer> {
    private static final int INCOMPLETE = 3;

    @Parameters(paramLabel = "FOLDER", description = "The folder that 'hyperfleet backup' has made.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path folder;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Output output = new Output(spec.commandLine());
        Settings settings = Settings.from(System.getenv());
        Restore restore = new Restore(settings);
        BackupManifest manifest = restore.from(folder.toAbsolutePath().normalize());
        BackupCommand.print(output, manifest, json);
        output.say("restored the backup of %s in %s".formatted(manifest.createdAt(), settings.home()));
        List<BackupManifest.Entry> without = manifest.machines().stream()
                .filter(machine -> machine.disk() == BackupManifest.Disk.LEFT_OUT)
                .toList();
        without.forEach(
                machine -> output.say("machine %s had a disk that is not in the backup: it starts with an empty one"
                        .formatted(machine.name())));
        List<String> trouble = restore.imageTrouble(manifest);
        trouble.forEach(output::say);
        return without.isEmpty() && trouble.isEmpty() ? 0 : INCOMPLETE;
    }
}
