package dev.hyperfleet.api.access;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.audit.AuditRecord;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.util.List;

/** The audit log, in pages. */
public final class AuditRoutes implements RouteGroup {
    private static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;

    private final AuditLog log;

    public AuditRoutes(AuditLog log) {
        this.log = log;
    }

    private record PageJson(List<AuditJson> records, String cursor, boolean more) {}

    @Override
    public void register(Routes routes) {
        routes.taking("cursor", "limit").get("/audit", Scope.AUDIT_READ, this::list);
    }

    private void list(Context context) {
        QueryParameters query = QueryParameters.read(context);
        int limit = Math.toIntExact(query.integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT));
        long cursor = query.integer("cursor", 0, Long.MAX_VALUE, 0);
        query.throwIfInvalid();
        List<AuditRecord> found = log.after(cursor, limit + 1);
        List<AuditRecord> page = found.size() > limit ? found.subList(0, limit) : found;
        long next = page.isEmpty() ? cursor : page.getLast().link().sequence();
        Responses.json(
                context,
                new PageJson(page.stream().map(AuditJson::of).toList(), String.valueOf(next), found.size() > limit));
    }
}
