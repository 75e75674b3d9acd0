package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** Every text and every list in a request's body has a bound, which its description states and the server enforces. */
@ExtendWith(SharedServer.class)
class BoundsTest {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Api api;
    private final String machine;

    BoundsTest(Shared shared) {
        this.api = shared.api();
        this.machine = shared.runningId();
    }

    /**
     * A place in a body with a bound.
     *
     * @param name the field that the refusal names
     * @param body a body that is too large there
     */
    private record Place(String method, String path, String name, JsonNode body) {}

    @Test
    void everyTextAndListThatCanBeSentHasABoundThatIsEnforced() {
        List<String> unbounded = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        for (String path : ApiDescription.INSTANCE.paths()) {
            for (Map.Entry<String, JsonNode> operation : ApiDescription.INSTANCE.operations(path)) {
                JsonNode schema = operation.getValue().at("/requestBody/content/application~1json/schema");
                if (!schema.isMissingNode()) {
                    String method = operation.getKey().toUpperCase(Locale.ROOT);
                    new Walk(method, path, unbounded, places).into(schema, path, "", Function.identity());
                }
            }
        }
        assertThat(unbounded).as("without a bound").isEmpty();
        assertThat(places).hasSizeGreaterThan(40);
        for (Place place : places) {
            Response answer = api.request(
                    place.method(),
                    place.path()
                            .replace("{id}", machine)
                            .replace("{process}", "abcdefghijkl")
                            .replace("{snapshot}", "abcdefghijkl")
                            .replace("{port}", "80"),
                    "application/json",
                    JSON.writeValueAsBytes(place.body()));
            String what = "%s %s, %s".formatted(place.method(), place.path(), place.name());
            assertThat(answer.status()).as(what).isIn(400, 413);
            assertThat(answer.status() == 413 || answer.message().contains(place.name()))
                    .as(what + ": " + answer.message())
                    .isTrue();
        }
    }

    /** Traverses a schema, and creates a body for each bound. */
    private record Walk(String method, String path, List<String> unbounded, List<Place> places) {
        void into(JsonNode reference, String where, String field, Function<JsonNode, JsonNode> body) {
            JsonNode schema = resolve(reference);
            for (String combination : List.of("allOf", "oneOf", "anyOf")) {
                schema.path(combination).forEach(part -> {
                    if (combination.equals("allOf") || !part.has("properties")) {
                        into(part, where, field, body);
                    }
                });
            }
            if (is(schema, "string") && !schema.has("enum") && !schema.has("const")) {
                int bound = bound(schema, "maxLength", where);
                add(field, body.apply(StringNode.valueOf("a".repeat(bound + 1))));
            }
            if (is(schema, "array")) {
                int bound = bound(schema, "maxItems", where);
                ArrayNode elements = JSON.createArrayNode();
                JsonNode item = example(resolve(schema.path("items")));
                for (int i = 0; i <= bound; i++) {
                    elements.add(item.isInt() ? JSON.getNodeFactory().numberNode(i + 1) : item);
                }
                add(field, body.apply(elements));
                into(
                        schema.path("items"),
                        where + "[]",
                        field,
                        value -> body.apply(JSON.createArrayNode().add(value)));
            }
            if (schema.path("additionalProperties").isObject()) {
                int bound = bound(schema, "maxProperties", where);
                int name = bound(schema.path("propertyNames"), "maxLength", where + " names");
                ObjectNode entries = JSON.createObjectNode();
                for (int i = 0; i <= bound; i++) {
                    entries.put("K" + i, "v");
                }
                add(field, body.apply(entries));
                add(field, body.apply(JSON.createObjectNode().put("K".repeat(name + 1), "v")));
                into(
                        schema.path("additionalProperties"),
                        where + ".*",
                        field,
                        value -> body.apply(JSON.createObjectNode().set("K", value)));
            }
            schema.path("properties")
                    .properties()
                    .forEach(property ->
                            into(property.getValue(), where + "." + property.getKey(), property.getKey(), value -> {
                                ObjectNode object = (ObjectNode) example(schema);
                                return body.apply(object.set(property.getKey(), value));
                            }));
        }

        private void add(String field, JsonNode body) {
            places.add(new Place(method, path, field, body));
        }

        private int bound(JsonNode schema, String keyword, String where) {
            if (!schema.has(keyword)) {
                unbounded.add(where + " has no " + keyword);
            }
            return schema.path(keyword).asInt(0);
        }

        private static boolean is(JsonNode schema, String type) {
            JsonNode types = schema.path("type");
            return types.isArray()
                    ? types.valueStream().anyMatch(one -> one.asString().equals(type))
                    : types.asString("").equals(type);
        }

        private static JsonNode resolve(JsonNode schema) {
            return schema.has("$ref")
                    ? ApiDescription.INSTANCE
                            .tree()
                            .at(schema.get("$ref").asString().substring(1))
                    : schema;
        }

        /** A valid value with only the required parts. */
        private static JsonNode example(JsonNode schema) {
            if (schema.has("allOf")) {
                return example(resolve(schema.get("allOf").get(0)));
            }
            if (is(schema, "integer")) {
                return JSON.getNodeFactory().numberNode(schema.path("minimum").asInt(1));
            }
            if (schema.has("enum")) {
                return schema.get("enum").get(0);
            }
            if (!is(schema, "object")) {
                return StringNode.valueOf("/a");
            }
            ObjectNode object = JSON.createObjectNode();
            for (JsonNode required : schema.path("required")) {
                JsonNode property = resolve(schema.path("properties").path(required.asString()));
                JsonNode value = example(property);
                object.set(
                        required.asString(),
                        is(property, "array") ? JSON.createArrayNode().add("true") : value);
            }
            return object;
        }
    }

    @Test
    void allWordsOfACheckTogetherHaveABoundToo() {
        Map<String, Object> check =
                Map.of("name", "c", "type", "exec", "command", List.of("a".repeat(2048), "\u00e4".repeat(1025)));
        assertThat(api.request("PATCH", "/machines/" + machine, Map.of("checks", List.of(check)))
                        .message())
                .isEqualTo("checks[0].command must have at most 4096 bytes in total");
    }
}
