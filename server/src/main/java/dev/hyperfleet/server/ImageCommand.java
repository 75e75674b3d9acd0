package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Root file systems. */
@Command(name = "image", description = "Make root file systems.")
final class ImageCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(
            description = {
                "Make a root file system, as its recipe in image/roots describes it.",
                "Machines that exist keep the one that they were made with."
            })
    int build(@Parameters(paramLabel = "NAME", description = "The recipe: debian, python-node or tiny.") String name)
            throws IOException, InterruptedException {
        Path home = Settings.from(System.getenv()).home();
        int status = Recipes.make("root", home.toString(), name);
        if (status == 0) {
            Path file = home.resolve("images").resolve(name + ".ext4");
            new Output(spec.commandLine())
                    .say("made %s. New machines take it with HYPERFLEET_ROOTFS_PATH=%s".formatted(file, file));
        }
        return status;
    }
}
