package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Makes the images. In a checkout the launcher does it, with all that comes before. */
@Command(
        name = "setup",
        description = {
            "Make what machines boot from, as far as it is missing: kernel, initramfs, empty disk, root file system.",
            "What settings name is left out. It is in the folder images of HYPERFLEET_HOME afterwards."
        })
final class SetupCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = Settings.from(System.getenv());
        String agent = settings.shim().resolveSibling("agent").toString();
        int status = Recipes.make(settings.home().toString(), agent);
        if (status == 0) {
            new Output(spec.commandLine()).say("ready: everything is in " + settings.home());
        }
        return status;
    }
}
