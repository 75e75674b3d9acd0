package dev.hyperfleet.cli;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Snapshots of machines. */
@Command(
        name = "snapshot",
        aliases = "snapshots",
        description = {
            "Save machines; list, move or remove what was saved.",
            "A machine continues from a snapshot with: hyperfleet create NAME --snapshot SNAPSHOT --start."
        })
final class SnapshotCommand {
    private static final List<String> COLUMNS = List.of("name", "machine", "memory", "size", "age");
    private static final double MIB = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(description = "Save a machine, which is halted for a moment and continues.")
    int create(
            @Parameters(paramLabel = "MACHINE", description = "Its name or id.") String machine,
            @Parameters(paramLabel = "NAME", description = "The snapshot's name.") String name,
            @Option(names = "--disk-only", description = "Save the disk without the memory.") boolean diskOnly,
            @Option(
                            names = {"-l", "--label"},
                            paramLabel = "KEY=VALUE",
                            description = "A label; may be given more than once.")
                    @Nullable
                    Map<String, String> labels,
            @Mixin Format format) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        body.put("memory", !diskOnly);
        if (labels != null) {
            body.put("labels", labels);
        }
        ApiClient client = ApiClient.fromEnvironment();
        JsonNode saved = Progress.show("saving " + machine, () -> client.snapshot(machine, body));
        if (format.form() == Format.Form.TABLE) {
            output().text("%s: %s, halted for %d ms"
                    .formatted(
                            name,
                            size(saved),
                            Math.round(saved.path("halted_ms").asDouble())));
        } else {
            print(List.of(saved), saved, format);
        }
        return 0;
    }

    @Command(name = "ls", description = "List snapshots, newest first.")
    int list(
            @Option(names = "--machine", paramLabel = "NAME|ID", description = "Only those of this machine.") @Nullable
                    String machine,
            @Option(
                            names = "--label",
                            paramLabel = "NAME[=VALUE]",
                            description = "Only those with this label. May be repeated: then only those with all.")
                    @Nullable
                    List<String> labels,
            @Mixin Format format) {
        JsonNode page = ApiClient.fromEnvironment().snapshots(machine, Objects.requireNonNullElse(labels, List.of()));
        print(StreamSupport.stream(page.path("snapshots").spliterator(), false).toList(), page, format);
        return 0;
    }

    @Command(description = "Show a snapshot.")
    int get(
            @Parameters(paramLabel = "SNAPSHOT", description = "Its name or id.") String snapshot,
            @Mixin Format format) {
        JsonNode found = ApiClient.fromEnvironment().getSnapshot(snapshot);
        print(List.of(found), found, format);
        return 0;
    }

    @Command(name = "rm", description = "Remove snapshots. Machines that have started from them are not affected.")
    int remove(@Parameters(paramLabel = "SNAPSHOT", arity = "1..*") List<String> snapshots) {
        ApiClient client = ApiClient.fromEnvironment();
        snapshots.forEach(client::deleteSnapshot);
        return 0;
    }

    @Command(
            name = "export",
            description = {
                "Write a snapshot to a file, from which 'snapshot import' adds it to a server.",
                "The file has all that was in the machine's memory and on its disk; only you can read it."
            })
    int export(
            @Parameters(paramLabel = "SNAPSHOT", description = "Its name or id.") String snapshot,
            @Parameters(
                            paramLabel = "FILE",
                            arity = "0..1",
                            description = "Where to write it (default: SNAPSHOT.zip in this folder).")
                    @Nullable
                    Path file) {
        Path target = Objects.requireNonNullElseGet(file, () -> Path.of(snapshot + ".zip"));
        long size = new ArchiveFile(target).export(ApiClient.fromEnvironment(), snapshot);
        output().text("%s: %.0f MiB".formatted(target, size / MIB));
        return 0;
    }

    @Command(
            name = "import",
            description = {
                "Add the snapshot of a file that 'snapshot export' has written.",
                "Memory is accepted only from servers with the same HYPERFLEET_ARCHIVE_KEY."
            })
    int add(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--name", paramLabel = "NAME", description = "Another name than that in the file.")
                    @Nullable
                    String name,
            @Option(names = "--disk-only", description = "Leave out the memory.") boolean diskOnly,
            @Mixin Format format) {
        JsonNode added = new ArchiveFile(file).add(ApiClient.fromEnvironment(), name, !diskOnly);
        if (format.form() == Format.Form.TABLE) {
            output().text("%s: %s".formatted(added.path("name").asString(), size(added)));
        } else {
            print(List.of(added), added, format);
        }
        return 0;
    }

    private void print(List<JsonNode> snapshots, JsonNode answer, Format format) {
        switch (format.form()) {
            case JSON -> output().json(answer);
            case NAME ->
                snapshots.forEach(
                        snapshot -> output().text(snapshot.path("name").asString()));
            case ID ->
                snapshots.forEach(snapshot -> output().text(snapshot.path("id").asString()));
            case TABLE, WIDE ->
                output().table(
                                COLUMNS,
                                snapshots.stream().map(SnapshotCommand::row).toList());
        }
    }

    private static Map<String, ?> row(JsonNode snapshot) {
        return Map.of(
                "name", snapshot.path("name").asString(),
                "machine", snapshot.path("machine_name").asString(),
                "memory", snapshot.path("memory").asBoolean() ? "yes" : "no",
                "size", size(snapshot),
                "age", MachinePrinter.age(snapshot, Instant.now()));
    }

    private static String size(JsonNode snapshot) {
        double bytes = snapshot.path("memory_bytes").asLong()
                + snapshot.path("disk_bytes").asLong();
        return "%.0f MiB".formatted(bytes / MIB);
    }

    private Output output() {
        return new Output(spec.commandLine());
    }
}
