package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.AccessTable.Field;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Fields of a body that require another scope than their route: each field of the {@link AccessTable}. */
@ExtendWith(SharedServer.class)
class BodyAccessTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final ServerProcess server;
    private final Api admin;

    BodyAccessTest(Shared shared) {
        this.server = shared.server();
        this.admin = shared.api();
    }

    @Test
    void theTableHasEveryFieldAndItsScopeAsTheDescriptionSays() {
        JsonNode schemas = ApiDescription.INSTANCE.tree().at("/components/schemas");
        for (String schema : List.of("CreateMachine", "MachineSettings")) {
            for (Map.Entry<String, JsonNode> property :
                    schemas.get(schema).get("properties").properties()) {
                String said = property.getValue().path("x-scope").asString("machines:write");
                assertThat(AccessTable.fields())
                        .as(schema + "." + property.getKey())
                        .anyMatch(field -> field.name().equals(property.getKey())
                                && field.access().equals(said));
            }
        }
    }

    @Test
    void aFieldWithTheEffectOfAnotherScopeTakesThatScope() {
        int number = 0;
        for (Field field : AccessTable.fields()) {
            if (!field.hasRouteScope()) {
                assertTakesItsScope(field, "scoped" + number++);
            }
        }
        assertThat(number).isEqualTo(2);
    }

    private void assertTakesItsScope(Field field, String name) {
        Api writer = server.api(key(name + "-write", "machines:write"));
        Api both = server.api(key(name + "-both", "machines:write", field.access()));
        Api other = server.api(key(name + "-other", field.access()));
        Map<String, Object> create = new HashMap<>(Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256));
        create.putAll(settings(field.example()));

        assertRefused(writer.post("/machines", create), field);
        assertThat(other.post("/machines", create).message()).isEqualTo("The API key lacks the scope machines:write");
        String plain = admin.create(name + "-plain");
        String path = "/machines/" + plain;
        JsonNode before = admin.get(path).lasting();
        assertRefused(writer.request("PATCH", path, settings(field.example())), field);
        assertThat(admin.get(path).lasting()).isEqualTo(before);

        assertThat(both.request("PATCH", path, settings(field.example())).status())
                .isEqualTo(200);
        Response made = both.post("/machines", create);
        assertThat(made.status()).as(made.message()).isEqualTo(201);

        // Existing values may stay, and be removed.
        assertThat(writer.request("PATCH", path, settings(field.example())).status())
                .isEqualTo(200);
        assertThat(writer.request("PATCH", path, Map.of("idle_timeout", 60)).status())
                .isEqualTo(200);
        assertThat(writer.request("PATCH", path, Map.of(field.name(), List.of()))
                        .status())
                .isEqualTo(200);
        assertRefused(writer.request("PATCH", path, settings(field.example())), field);
        admin.delete(path);
        admin.delete("/machines/" + made.field("id"));
    }

    private static void assertRefused(Response answer, Field field) {
        assertThat(answer.status()).as(field.name()).isEqualTo(403);
        assertThat(answer.code()).isEqualTo("FORBIDDEN");
        assertThat(answer.message()).startsWith("The API key lacks the scope " + field.access() + ", which a new ");
    }

    private static Map<String, Object> settings(String json) {
        Map<String, Object> settings = new HashMap<>();
        JSON.readTree(json).properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
        return settings;
    }

    private String key(String name, String... scopes) {
        String[] options = Stream.concat(
                        Stream.of("keys", "create", name),
                        Stream.of(scopes).flatMap(scope -> Stream.of("--scope", scope)))
                .toArray(String[]::new);
        Cli.Result made = Cli.run(server.state, Map.of(), options);
        assertThat(made.exitCode()).as(made.output()).isZero();
        return made.output();
    }
}
