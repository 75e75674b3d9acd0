package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import dev.hyperfleet.core.audit.AuditChain.Break;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.SqliteAuditLog;
import dev.hyperfleet.store.SqliteAuditLog.Verification;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Checks the audit log in the database's file, without the server, which may be untrusted. */
@Command(name = "audit", description = "Check the audit log, on the server's host or on a copy of its database.")
final class AuditCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(
            description = {
                "Check that no record of the audit log was changed, removed or moved since it was written.",
                "Store the last line of the output elsewhere, and pass it to the next check with --includes, "
                        + "which must find it again."
            },
            footer = {"", "Exit status: 0 all records are intact; 1 one is not, and the first such record is named."})
    int verify(
            @Option(
                            names = "--database",
                            paramLabel = "FILE",
                            description = "The database, which is only read (default: this host's).")
                    @Nullable
                    String file,
            @Option(
                            names = "--includes",
                            paramLabel = "NUMBER:HASH",
                            description = "A record that an earlier check printed, and that must still exist.")
                    @Nullable
                    String included) {
        Path path = file == null ? Settings.from(System.getenv()).database() : path(file);
        if (!Files.isRegularFile(path)) {
            throw noDatabase(path.toString());
        }
        Output output = new Output(spec.commandLine());
        Verification found = SqliteAuditLog.verify(new Database(path), Optional.ofNullable(included));
        Optional<Break> broken = found.broken();
        if (broken.isPresent()) {
            output.say("the audit log is not intact: " + broken.get().reason());
            return 1;
        }
        output.text("%d records are intact; the last one:".formatted(found.records()));
        output.text(found.head().toString());
        return 0;
    }

    private Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException unwritable) {
            throw noDatabase(file);
        }
    }

    private ParameterException noDatabase(String path) {
        return new ParameterException(spec.commandLine(), "there is no database " + path);
    }
}
