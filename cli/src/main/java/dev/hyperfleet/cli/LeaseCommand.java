package dev.hyperfleet.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Leases of machines. */
@Command(
        name = "lease",
        description = {
            "Hold the exclusive right to change a machine, for a time.",
            "All commands send the nonce from HYPERFLEET_LEASE_NONCE."
        })
final class LeaseCommand {
    private static final List<String> COLUMNS = List.of("owner", "expires_at", "description");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(description = "Take a lease and print its nonce; or renew the one of HYPERFLEET_LEASE_NONCE.")
    int take(
            @Parameters(paramLabel = "NAME|ID") String machine,
            @Option(
                            names = "--ttl",
                            paramLabel = "TIME",
                            defaultValue = "60s",
                            converter = Units.Time.class,
                            description = "Its duration from now: 90s, 30m (default ${DEFAULT-VALUE}).")
                    Duration ttl,
            @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.") @Nullable
                    String description,
            @Mixin Format format) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ttl", ttl.toSeconds());
        if (description != null) {
            body.put("description", description);
        }
        JsonNode lease = ApiClient.fromEnvironment().takeLease(machine, body);
        if (format.isJson()) {
            output().json(lease);
        } else {
            output().text(lease.get("nonce").asString());
        }
        return 0;
    }

    @Command(description = "Show the owner and the expiry of a machine's lease.")
    int show(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin Format format) {
        JsonNode lease = ApiClient.fromEnvironment().lease(machine);
        if (format.isJson()) {
            output().json(lease);
        } else {
            Map<String, Object> row = new LinkedHashMap<>();
            COLUMNS.forEach(column -> row.put(column, lease.path(column).asString("-")));
            output().table(COLUMNS, List.of(row));
        }
        return 0;
    }

    @Command(description = "Release the lease of HYPERFLEET_LEASE_NONCE.")
    int release(@Parameters(paramLabel = "NAME|ID") String machine) {
        ApiClient.fromEnvironment().releaseLease(machine);
        return 0;
    }

    private Output output() {
        return new Output(spec.commandLine());
    }
}
