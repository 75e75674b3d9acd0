package dev.hyperfleet.store;

import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKey.RetiredSecret;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * A row of the table {@code api_keys}.
 *
 * @param scopes separated by spaces; unknown ones grant nothing
 * @param sha256 of the secret that was created last
 */
record ApiKeyRow(
        String id,
        String name,
        String sha256,
        String scopes,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Long> maxMachines,
        Optional<Long> maxRunning,
        Optional<Long> maxVcpus,
        Optional<Long> maxMemSizeMib,
        Optional<Long> maxSnapshots,
        Optional<Long> maxSnapshotMib,
        Optional<RetiredSecretRow> retired) {
    static final Columns<ApiKeyRow> COLUMNS = Columns.of(ApiKeyRow.class);

    static ApiKeyRow of(ApiKey key) {
        Quota quota = key.quota();
        return new ApiKeyRow(
                key.id(),
                key.name(),
                key.sha256(),
                key.scopes().stream().map(Scope::text).sorted().collect(Collectors.joining(" ")),
                key.createdAt(),
                key.expiresAt(),
                limit(quota.machines()),
                limit(quota.running()),
                limit(quota.vcpus()),
                limit(quota.memSizeMib()),
                limit(quota.snapshots()),
                limit(quota.snapshotMib()),
                key.retired().map(old -> new RetiredSecretRow(old.sha256(), old.until())));
    }

    ApiKey key() {
        return new ApiKey(
                id,
                name,
                sha256,
                Arrays.stream(scopes.split(" "))
                        .flatMap(text -> Scope.of(text).stream())
                        .collect(Collectors.toSet()),
                new Quota(
                        limit(maxMachines),
                        limit(maxRunning),
                        limit(maxVcpus),
                        limit(maxMemSizeMib),
                        limit(maxSnapshots),
                        limit(maxSnapshotMib)),
                createdAt,
                expiresAt,
                retired.map(old -> new RetiredSecret(old.retiredSha256(), old.retiredUntil())));
    }

    private static Optional<Long> limit(OptionalLong limit) {
        return limit.isPresent() ? Optional.of(limit.getAsLong()) : Optional.empty();
    }

    private static OptionalLong limit(Optional<Long> limit) {
        return limit.map(OptionalLong::of).orElse(OptionalLong.empty());
    }
}
