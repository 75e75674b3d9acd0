package dev.hyperfleet.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The description's links lead from operations that create something to those that take its id. */
class LinksTest {
    private static final ApiDescription DESCRIPTION = ApiDescription.INSTANCE;

    /** A link of an operation's response. */
    private record Link(Operation from, JsonNode response, JsonNode link) {}

    private record Operation(String id, Set<String> parameters, Set<String> required, JsonNode tree) {
        static Operation of(String path, JsonNode tree) {
            Set<String> names = new HashSet<>();
            Set<String> required = new HashSet<>();
            List<JsonNode> parameters = new ArrayList<>();
            DESCRIPTION.tree().get("paths").get(path).path("parameters").forEach(parameters::add);
            tree.path("parameters").forEach(parameters::add);
            for (JsonNode parameter : parameters) {
                JsonNode target = target(parameter);
                String name = target.get("name").asString();
                names.add(name);
                if (target.get("in").asString().equals("path")) {
                    required.add(name);
                }
            }
            return new Operation(tree.get("operationId").asString(), names, required, tree);
        }
    }

    private static JsonNode target(JsonNode node) {
        return node.has("$ref")
                ? DESCRIPTION.tree().at(node.get("$ref").asString().substring(1))
                : node;
    }

    private static Map<String, Operation> operations() {
        Map<String, Operation> operations = new HashMap<>();
        for (String path : DESCRIPTION.paths()) {
            DESCRIPTION.operations(path).forEach(entry -> {
                Operation operation = Operation.of(path, entry.getValue());
                operations.put(operation.id(), operation);
            });
        }
        return operations;
    }

    private static List<Link> links() {
        List<Link> links = new ArrayList<>();
        for (Operation operation : operations().values()) {
            for (JsonNode response : operation.tree().get("responses")) {
                for (JsonNode link : target(response).path("links")) {
                    links.add(new Link(operation, target(response), target(link)));
                }
            }
        }
        return links;
    }

    @Test
    void eachLeadsToAnOperationWithAValueForEachVariableOfItsPath() {
        Map<String, Operation> operations = operations();
        for (Link link : links()) {
            String id = link.link().path("operationId").asString("none");
            String way = link.from().id() + " → " + id;
            Operation operation = Objects.requireNonNull(operations.get(id), way + ": no such operation");
            assertThat(link.link().get("parameters").propertyNames())
                    .as(way)
                    .containsAll(operation.required())
                    .isSubsetOf(operation.parameters());
        }
    }

    @Test
    void eachTakesItsValuesFromFieldsThatExist() {
        for (Link link : links()) {
            JsonNode body = target(
                    link.response().path("content").path("application/json").get("schema"));
            for (JsonNode expression : link.link().get("parameters")) {
                String text = expression.asString();
                if (text.startsWith("$request.path.")) {
                    assertThat(link.from().parameters()).contains(text.substring("$request.path.".length()));
                } else {
                    assertThat(text).startsWith("$response.body#/");
                    assertThat(body.get("properties").propertyNames())
                            .contains(text.substring("$response.body#/".length()));
                }
            }
        }
    }

    @Test
    void newMachinesAndProcessesHaveThem() {
        assertThat(links().stream().map(link -> link.from().id())).contains("createMachine", "startProcess");
    }
}
