package dev.hyperfleet.api;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.audit.AuditRecord;
import io.javalin.http.Context;
import java.util.List;
import java.util.Set;

/** The audit log, in pages. */
final class AuditRoutes {
    private static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;

    private final AuditLog log;

    AuditRoutes(AuditLog log) {
        this.log = log;
    }

    private record PageJson(List<AuditJson> records, String cursor, boolean more) {}

    void register(Routes routes) {
        routes.get("/audit", Scope.AUDIT_READ, this::list);
    }

    private void list(Context context) {
        QueryParameters query = QueryParameters.read(context, Set.of("cursor", "limit"));
        int limit = Math.toIntExact(query.integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT));
        long cursor = query.integer("cursor", 0, Long.MAX_VALUE, 0);
        query.throwIfInvalid();
        List<AuditRecord> found = log.after(cursor, limit + 1);
        List<AuditRecord> page = found.size() > limit ? found.subList(0, limit) : found;
        long next = page.isEmpty() ? cursor : page.getLast().link().sequence();
        Answers.json(
                context,
                new PageJson(page.stream().map(AuditJson::of).toList(), String.valueOf(next), found.size() > limit));
    }
}
