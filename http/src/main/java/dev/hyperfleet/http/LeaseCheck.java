package dev.hyperfleet.http;

import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.request.RequestContext;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.Optional;

/** Enforces the leases of machines. */
public final class LeaseCheck {
    /** The header that carries the nonce of a lease. */
    public static final String HEADER = "Machine-Lease-Nonce";

    private LeaseCheck() {}

    /** The nonce that the request carries, if any. */
    public static Optional<String> nonce(Context context) {
        return Optional.ofNullable(context.header(HEADER));
    }

    /** A handler that changes a machine or its contents, unless another client's lease forbids that. */
    static Handler required(Leases leases, Handler handler) {
        return context -> {
            Optional<String> nonce = nonce(context);
            MachinePath.find(context).ifPresent(id -> leases.require(id, nonce));
            // Checked again when a change is decided: a lease may be taken in between.
            RequestContext.current()
                    .under(changed -> leases.require(changed.id(), nonce))
                    .run(() -> handler.handle(context));
        };
    }
}
