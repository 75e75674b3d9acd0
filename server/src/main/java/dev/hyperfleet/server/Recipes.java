package dev.hyperfleet.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The scripts that make what machines boot from: the folder image/ of a checkout or of a release. */
final class Recipes {
    private Recipes() {}

    /** Runs image/make with these arguments on this terminal; its exit status. */
    static int make(String... arguments) throws IOException, InterruptedException {
        Path folder = Path.of(
                Optional.ofNullable(System.getProperty("hyperfleet.image")).orElse("image"));
        List<String> command = new ArrayList<>(List.of(folder.resolve("make").toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
