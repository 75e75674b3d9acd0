package dev.hyperfleet.server;

import dev.hyperfleet.core.control.Quota;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The quota of a key, as options. */
final class QuotaOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--max-machines", paramLabel = "N", description = "How many machines it may have.")
    private @Nullable Long machines;

    @Option(names = "--max-running", paramLabel = "N", description = "How many of them may run at a time.")
    private @Nullable Long running;

    @Option(
            names = "--max-vcpus",
            paramLabel = "N",
            description = "How many virtual CPUs running machines may " + "have in total.")
    private @Nullable Long vcpus;

    @Option(
            names = "--max-mem-size-mib",
            paramLabel = "MIB",
            description = "How much memory running machines may " + "have in total.")
    private @Nullable Long memSizeMib;

    @Option(names = "--max-snapshots", paramLabel = "N", description = "How many snapshots it may have.")
    private @Nullable Long snapshots;

    @Option(
            names = "--max-snapshot-mib",
            paramLabel = "MIB",
            description = "How much disk space its snapshots may have in total.")
    private @Nullable Long snapshotMib;

    Quota quota() {
        return new Quota(
                limit("--max-machines", machines),
                limit("--max-running", running),
                limit("--max-vcpus", vcpus),
                limit("--max-mem-size-mib", memSizeMib),
                limit("--max-snapshots", snapshots),
                limit("--max-snapshot-mib", snapshotMib));
    }

    private OptionalLong limit(String option, @Nullable Long value) {
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value < 0) {
            throw new ParameterException(spec.commandLine(), option + " must be 0 or more");
        }
        return OptionalLong.of(value);
    }
}
