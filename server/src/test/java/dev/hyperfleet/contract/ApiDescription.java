package dev.hyperfleet.contract;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Checks every response that any test gets against docs/openapi.yaml: operation, status, content type and body. It
 * records what it has seen, so that described responses that never occur can be reported too.
 */
public final class ApiDescription {
    public static final ApiDescription INSTANCE = new ApiDescription();

    /** Errors that any request may get; they are listed in the description's prose. */
    private static final Set<Integer> GENERAL = Set.of(400, 403, 405, 414, 417, 429, 431, 503, 505);

    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete", "head");

    private final JsonNode description;
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();
    private final Map<String, Pattern> paths = new LinkedHashMap<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    private ApiDescription() {
        description = new YAMLMapper().readTree(Path.of("../docs/openapi.yaml").toFile());
        List<String> templates = new ArrayList<>(description.get("paths").propertyNames());
        templates.sort((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")));
        templates.forEach(template -> paths.put(template, Pattern.compile(template.replaceAll("\\{[^}]+}", "[^/]+"))));
    }

    /** Fails if the response to such a request is not described. */
    public void check(String method, String path, Response answer) {
        String exchange = "%s %s → %d".formatted(method, path, answer.status());
        require(answer.header("x-request-id").isPresent(), exchange + " has no X-Request-Id");
        if (method.equals("HEAD")) {
            return; // as GET, without the body
        }
        Optional<String> template = paths.entrySet().stream()
                .filter(entry -> entry.getValue().matcher(path).matches())
                .map(Map.Entry::getKey)
                .findFirst();
        String operation = method.toLowerCase(java.util.Locale.ROOT);
        JsonNode response = resolve(description.at(
                pointer("paths", template.orElse("none"), operation, "responses", String.valueOf(answer.status()))));
        boolean hasOperation = template.isPresent()
                && description.at(pointer("paths", template.get())).has(operation);
        if (!hasOperation || (response.isMissingNode() && GENERAL.contains(answer.status()))) {
            checkError(exchange, answer);
            return;
        }
        require(
                !response.isMissingNode(),
                exchange + " is not described: " + new String(answer.body(), StandardCharsets.UTF_8));
        seen.add("%s %s %d".formatted(method, template.orElseThrow(), answer.status()));
        checkBody(exchange, response, answer);
    }

    private void checkBody(String exchange, JsonNode response, Response answer) {
        JsonNode content = response.path("content");
        if (content.isMissingNode()) {
            require(answer.body().length == 0, exchange + " has a body, and none is described");
            return;
        }
        String type = answer.header("content-type").orElse("").split(";", -1)[0];
        require(content.has(type), exchange + " has the content type '" + type + "'");
        if (type.equals("application/json")) {
            validate(exchange, content.get(type).get("schema"), answer);
        }
    }

    /** Errors outside of any route have the usual form, too. */
    private void checkError(String exchange, Response answer) {
        require(answer.status() >= 400, exchange + " is not described");
        validate(exchange, description.at("/components/schemas/ErrorResponse"), answer);
    }

    private void validate(String exchange, JsonNode schema, Response answer) {
        Schema validator = compiled.computeIfAbsent(schema.toString(), this::compile);
        List<Error> errors = validator.validate(new String(answer.body(), StandardCharsets.UTF_8), InputFormat.JSON);
        require(errors.isEmpty(), exchange + " is not as described: " + errors);
    }

    /** Includes all components, since schemas refer to them. */
    private Schema compile(String schema) {
        ObjectNode whole = (ObjectNode) new YAMLMapper().readTree(schema);
        whole.set("components", description.get("components"));
        return schemas.getSchema(whole.toString(), InputFormat.JSON);
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? description.at(node.get("$ref").asString().substring(1)) : node;
    }

    private static String pointer(String... parts) {
        StringBuilder pointer = new StringBuilder();
        for (String part : parts) {
            pointer.append('/').append(part.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Every operation with each of its statuses that a test can cause. */
    public Set<String> described() {
        Set<String> all = new TreeSet<>();
        for (String template : paths.keySet()) {
            for (Map.Entry<String, JsonNode> operation : operations(template)) {
                for (Map.Entry<String, JsonNode> response :
                        operation.getValue().path("responses").properties()) {
                    if (!resolve(response.getValue()).path("x-rare").asBoolean(false)) {
                        all.add("%s %s %s"
                                .formatted(
                                        operation.getKey().toUpperCase(java.util.Locale.ROOT),
                                        template,
                                        response.getKey()));
                    }
                }
            }
        }
        return all;
    }

    /** The operations of a path, by method in lower case. */
    public List<Map.Entry<String, JsonNode>> operations(String template) {
        return description.get("paths").get(template).properties().stream()
                .filter(entry -> METHODS.contains(entry.getKey()))
                .toList();
    }

    /** An operation, with its path's variables. */
    public record Operation(String method, String path) {
        public boolean reads() {
            return method.equals("GET");
        }

        /** Its path for a machine; other variables have values that do not exist. */
        public String of(String machine) {
            return path.replace("{id}", machine)
                    .replace("{process}", "abcdefghijkl")
                    .replace("{snapshot}", "abcdefghijkl")
                    .replace("{port}", "8080");
        }
    }

    /** All operations that change something. */
    public List<Operation> changes() {
        return paths.keySet().stream()
                .flatMap(path -> operations(path).stream()
                        .map(entry -> new Operation(entry.getKey().toUpperCase(java.util.Locale.ROOT), path)))
                .filter(operation -> !operation.reads())
                .toList();
    }

    public Set<String> paths() {
        return paths.keySet();
    }

    public Set<String> seen() {
        return new TreeSet<>(seen);
    }

    public JsonNode tree() {
        return description;
    }
}
