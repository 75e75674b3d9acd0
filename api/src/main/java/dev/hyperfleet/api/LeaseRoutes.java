package dev.hyperfleet.api;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.request.Conditions;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Leases of machines: take, renew, look at, release; and who may do what while there is one. */
final class LeaseRoutes {
    static final String HEADER = "Machine-Lease-Nonce";

    private static final String LEASE = "/machines/{id}/lease";
    private static final int DEFAULT_SECONDS = 60;
    private static final int MAX_SECONDS = 86_400;

    private final Leases leases;

    LeaseRoutes(Leases leases) {
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

    void register(Routes routes) {
        routes.post(LEASE, Scope.MACHINES_WRITE, this::take);
        routes.get(LEASE, Scope.MACHINES_READ, this::get);
        routes.delete(LEASE, Scope.MACHINES_WRITE, this::release);
    }

    private void take(Context context) {
        MachineId id = MachineRoutes.id(context);
        RequestBody body = RequestBody.read(context, List.of("ttl", "description"));
        long seconds = body.optionalInteger("ttl", 1, MAX_SECONDS, DEFAULT_SECONDS);
        Optional<String> description = body.optionalLine("description", Lease.MAX_DESCRIPTION);
        body.throwIfInvalid();
        Leases.Grant grant = leases.take(
                id,
                nonce(context),
                Duration.ofSeconds(seconds),
                Caller.of(context).map(ApiKey::name),
                description);
        context.status(grant.isNew() ? HttpStatus.CREATED : HttpStatus.OK);
        Answers.json(context, LeaseJson.of(grant, true));
    }

    private void get(Context context) {
        Answers.json(context, LeaseJson.of(leases.get(MachineRoutes.id(context)), false));
    }

    private void release(Context context) {
        leases.release(MachineRoutes.id(context), nonce(context));
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    /** A handler that does something to a machine or in it, if no lease of somebody else's forbids it. */
    static Handler required(Leases leases, Handler handler) {
        return context -> {
            Optional<MachineId> machine = Optional.of(context.pathParam("id"))
                    .filter(MachineId::isValid)
                    .map(MachineId::new);
            Optional<String> nonce = nonce(context);
            machine.ifPresent(id -> leases.require(id, nonce));
            // Again when a change is decided on: somebody may take a lease meanwhile.
            Conditions.run(changed -> leases.require(changed.id(), nonce), () -> handler.handle(context));
        };
    }

    private static Optional<String> nonce(Context context) {
        return Optional.ofNullable(context.header(HEADER));
    }
}
