package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the version. */
@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON: the version, and those of Java and of the host's kernel.")
    private boolean json;

    @Override
    public Integer call() {
        Output output = new Output(spec.commandLine());
        if (json) {
            Map<String, String> versions = new LinkedHashMap<>();
            versions.put("version", Build.VERSION);
            versions.put("java", Runtime.version().toString());
            versions.put("kernel", System.getProperty("os.version"));
            output.json(versions);
        } else {
            output.text("hyperfleet " + Build.VERSION);
        }
        return 0;
    }
}
