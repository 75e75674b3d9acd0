package dev.hyperfleet.api.access;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.http.Caller;
import dev.hyperfleet.http.LeaseCheck;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Leases of machines: take, renew, show, release. */
public final class LeaseRoutes implements RouteGroup {
    private static final String LEASE = "/machines/{id}/lease";
    private static final int DEFAULT_SECONDS = 60;
    private static final int MAX_SECONDS = 86_400;

    private final Leases leases;

    public LeaseRoutes(Leases leases) {
        this.leases = leases;
    }

    /** Null if there is no lease. The nonce is null unless the request takes or renews the lease. */
    private record LeaseJson(
            @Nullable String nonce,
            Instant expiresAt,
            @Nullable String owner,
            @Nullable String description,
            Instant createdAt,
            long version) {
        static LeaseJson of(Leases.Grant grant, boolean forItsHolder) {
            Lease lease = grant.lease();
            return new LeaseJson(
                    forItsHolder ? lease.nonce() : null,
                    lease.expiresAt(),
                    lease.owner().orElse(null),
                    lease.description().orElse(null),
                    lease.createdAt(),
                    grant.version());
        }
    }

    @Override
    public void register(Routes routes) {
        routes.post(LEASE, Scope.MACHINES_WRITE, this::take);
        routes.get(LEASE, Scope.MACHINES_READ, this::get);
        routes.delete(LEASE, Scope.MACHINES_WRITE, this::release);
    }

    private void take(Context context) {
        MachineId id = MachinePath.id(context);
        RequestBody body = RequestBody.readOptional(context, List.of("ttl", "description"));
        long seconds = body.optionalInteger("ttl", 1, MAX_SECONDS, DEFAULT_SECONDS);
        Optional<String> description = body.optionalLine("description", Lease.MAX_DESCRIPTION);
        body.throwIfInvalid();
        Leases.Grant grant = leases.take(
                id,
                LeaseCheck.nonce(context),
                Duration.ofSeconds(seconds),
                Caller.of(context).map(ApiKey::name),
                description);
        context.status(grant.isNew() ? HttpStatus.CREATED : HttpStatus.OK);
        Responses.json(context, LeaseJson.of(grant, true));
    }

    private void get(Context context) {
        Responses.json(context, LeaseJson.of(leases.get(MachinePath.id(context)), false));
    }

    private void release(Context context) {
        leases.release(MachinePath.id(context), LeaseCheck.nonce(context));
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }
}
