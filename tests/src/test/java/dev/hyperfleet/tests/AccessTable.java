package dev.hyperfleet.tests;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The access to each route, written by hand, so that a change of the server or of its description alone is detected. A
 * new route needs a line here.
 */
final class AccessTable {
    private static final String PUBLIC = "public";
    private static final String EVERYTHING = "*";

    private static final String TABLE = """
            POST   /machines                                  machines:write
            GET    /machines                                  machines:read
            GET    /machines/{id}                             machines:read
            PATCH  /machines/{id}                             machines:write
            DELETE /machines/{id}                             machines:write
            POST   /machines/{id}/start                       machines:write
            POST   /machines/{id}/stop                        machines:write
            POST   /machines/{id}/restart                     machines:write
            POST   /machines/{id}/pause                       machines:write
            POST   /machines/{id}/resume                      machines:write
            POST   /machines/{id}/fork                        machines:write
            POST   /machines/{id}/suspend                     machines:write
            POST   /machines/{id}/rollback                    machines:write
            POST   /machines/{id}/snapshots                   machines:write
            GET    /snapshots                                 machines:read
            POST   /snapshots                                 machines:write
            GET    /snapshots/{snapshot}                      machines:read
            GET    /snapshots/{snapshot}/archive              machines:exec
            DELETE /snapshots/{snapshot}                      machines:write
            POST   /machines/{id}/lease                       machines:write
            GET    /machines/{id}/lease                       machines:read
            DELETE /machines/{id}/lease                       machines:write
            GET    /machines/{id}/wait                        machines:read
            POST   /machines/{id}/exec                        machines:exec
            POST   /machines/{id}/processes                   machines:exec
            GET    /machines/{id}/processes                   machines:exec
            GET    /machines/{id}/processes/{process}         machines:exec
            DELETE /machines/{id}/processes/{process}         machines:exec
            POST   /machines/{id}/processes/{process}/signal  machines:exec
            POST   /machines/{id}/processes/{process}/resize  machines:exec
            GET    /machines/{id}/processes/{process}/output  machines:exec
            GET    /machines/{id}/processes/{process}/attach  machines:exec
            POST   /machines/{id}/ports/{port}/link           machines:proxy
            GET    /machines/{id}/ports/{port}/connect        machines:proxy
            GET    /machines/{id}/files                       machines:exec
            PUT    /machines/{id}/files                       machines:exec
            DELETE /machines/{id}/files                       machines:exec
            GET    /machines/{id}/files/tar                   machines:exec
            PUT    /machines/{id}/files/tar                   machines:exec
            GET    /machines/{id}/files/stat                  machines:exec
            GET    /machines/{id}/files/list                  machines:exec
            GET    /machines/{id}/files/watch                 machines:exec
            POST   /machines/{id}/files/mkdir                 machines:exec
            POST   /machines/{id}/files/move                  machines:exec
            POST   /machines/{id}/files/copy                  machines:exec
            POST   /machines/{id}/files/chmod                 machines:exec
            GET    /machines/{id}/logs                        machines:read
            GET    /machines/{id}/metrics                     machines:read
            GET    /machines/{id}/events                      machines:read
            GET    /events                                    machines:read
            GET    /metrics                                   machines:read
            GET    /audit                                     audit:read
            GET    /quota                                     machines:read
            GET    /recovery                                  machines:read
            GET    /health                                    public
            GET    /livez                                     public
            GET    /readyz                                    public
            GET    /openapi.json                              public
            GET    /openapi.yaml                              public
            GET    /                                          public
            GET    /docs                                      public
            GET    /docs/{asset}                              public
            """;

    /** What a key with machines:own has no access to, whatever its other scopes: it is about the machines of all keys. */
    private static final Set<String> OF_ALL_MACHINES = Set.of("/events", "/metrics", "/audit", "/recovery");

    /**
     * The scope that each field of a machine's settings requires: it may have the effect of another scope than its
     * route's. Such a field has an example with that effect. A new field needs a line here.
     */
    private static final String FIELDS = """
            name           machines:write
            vcpu_count     machines:write
            mem_size_mib   machines:write
            snapshot       machines:write
            warm_start     machines:write
            image          machines:write
            exposed_ports  machines:write
            public_ports   machines:proxy  {"exposed_ports":[8080],"public_ports":[8080]}
            autostop       machines:write
            idle_timeout   machines:write
            suspend_after  machines:write
            autostart      machines:write
            restart        machines:write
            checks         machines:exec   {"checks":[{"name":"c","type":"exec","command":["true"]}]}
            ttl            machines:write
            ttl_action     machines:write
            """;

    private AccessTable() {}

    /** A line of that table. */
    record Field(String name, String access, String example) {
        boolean hasRouteScope() {
            return example.isEmpty();
        }
    }

    static List<Field> fields() {
        return FIELDS.lines()
                .map(line -> line.split(" +", 3))
                .map(words -> new Field(words[0], words[1], words.length > 2 ? words[2] : ""))
                .toList();
    }

    /** A line of the table. */
    record Route(String method, String template, String access) {
        /** A matching path; its target does not exist, except for the page's script. */
        String path() {
            return template.replace("{id}", "abcdefghijkl")
                    .replace("{process}", "abcdefghijkl")
                    .replace("{port}", "8080")
                    .replace("{snapshot}", "abcdefghijkl")
                    .replace("{asset}", "docs.js");
        }

        /** A path of this machine, likewise. */
        String pathOf(String machine) {
            return new Route(method, template.replace("{id}", machine), access).path();
        }

        boolean isOfMachine() {
            return template.contains("{id}");
        }

        boolean isOfAllMachines() {
            return OF_ALL_MACHINES.contains(template);
        }

        Route with(String otherMethod) {
            return new Route(otherMethod, template, access);
        }

        boolean isPublic() {
            return access.equals(PUBLIC);
        }

        /**
         * The expected status; empty if the request is authorized, so that the operation decides.
         *
         * @param scopes of the key; empty if it is not valid
         */
        Optional<Integer> refusal(Optional<Set<String>> scopes) {
            if (isPublic()) {
                return Optional.empty();
            }
            if (scopes.isEmpty()) {
                return Optional.of(401);
            }
            boolean allowed = scopes.get().contains(EVERYTHING) || scopes.get().contains(access);
            return allowed ? Optional.empty() : Optional.of(403);
        }
    }

    static List<Route> routes() {
        return TABLE.lines()
                .map(line -> line.split(" +", -1))
                .map(words -> new Route(words[0], words[1], words[2]))
                .toList();
    }
}
