package dev.hyperfleet.api.access;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.http.Caller;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Limits and usage of the requesting key and of the whole host; a key with its own machines alone gets only its own. */
public final class QuotaRoute implements RouteGroup {
    private record AmountJson(long used, @Nullable Long limit) {
        static AmountJson of(long used, OptionalLong limit) {
            return new AmountJson(used, limit.isPresent() ? limit.getAsLong() : null);
        }
    }

    private record AmountsJson(
            AmountJson machines,
            AmountJson running,
            AmountJson vcpus,
            AmountJson memSizeMib,
            AmountJson snapshots,
            AmountJson snapshotMib) {
        static AmountsJson of(Quota quota, Quota.Usage used) {
            return new AmountsJson(
                    AmountJson.of(used.machines(), quota.machines()),
                    AmountJson.of(used.running(), quota.running()),
                    AmountJson.of(used.vcpus(), quota.vcpus()),
                    AmountJson.of(used.memSizeMib(), quota.memSizeMib()),
                    AmountJson.of(used.snapshots(), quota.snapshots()),
                    AmountJson.of(used.snapshotMib(), quota.snapshotMib()));
        }
    }

    private record QuotaJson(
            @Nullable AmountsJson key, @Nullable AmountsJson host) {}

    private final Quotas quotas;
    private final Function<String, Quota> ofKey;

    public QuotaRoute(Quotas quotas, Function<String, Quota> ofKey) {
        this.quotas = quotas;
        this.ofKey = ofKey;
    }

    @Override
    public void register(Routes routes) {
        routes.filtered().get("/quota", Scope.MACHINES_READ, this::show);
    }

    private void show(Context context) {
        @Nullable
        AmountsJson key = RequestContext.current()
                .cause()
                .actor()
                .map(name -> AmountsJson.of(ofKey.apply(name), quotas.usedBy(name)))
                .orElse(null);
        @Nullable AmountsJson host = Caller.seesAll(context) ? AmountsJson.of(quotas.ofHost(), quotas.used()) : null;
        Responses.json(context, new QuotaJson(key, host));
    }
}
