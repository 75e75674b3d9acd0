package dev.hyperfleet.cli;

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
                            paramLabel = "SECONDS",
                            defaultValue = "60",
                            description = "Its duration from now (default ${DEFAULT-VALUE}).")
                    int seconds,
            @Option(names = "--description", paramLabel = "TEXT", description = "What it is for.") @Nullable
                    String description,
            @Mixin MachineCommand.Format format) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ttl", seconds);
        if (description != null) {
            body.put("description", description);
        }
        JsonNode lease = ApiClient.fromEnvironment().takeLease(machine, body);
        if (format.json) {
            output().json(lease);
        } else {
            output().text(lease.get("nonce").asString());
        }
        return 0;
    }

    @Command(description = "Show the owner and the expiry of a machine's lease.")
    int show(@Parameters(paramLabel = "NAME|ID") String machine, @Mixin MachineCommand.Format format) {
        JsonNode lease = ApiClient.fromEnvironment().lease(machine);
        if (format.json) {
            output().json(lease);
        } else {
            output().table(COLUMNS, List.of(MachineCommand.row(lease)));
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
