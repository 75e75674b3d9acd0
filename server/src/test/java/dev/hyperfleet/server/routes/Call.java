package dev.hyperfleet.server.routes;

import dev.hyperfleet.contract.ApiDescription;
import dev.hyperfleet.contract.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * A request for one operation of the API's description. Its query and its body are valid: the body is the first example.
 *
 * @param template its path, with variables
 * @param operation its description
 */
record Call(String method, String template, JsonNode operation) {
    /** An id that no machine has. */
    static final String NO_MACHINE = "abcdefghijkl";

    /** Requests for all operations of the description. */
    static List<Call> all() {
        ApiDescription description = ApiDescription.INSTANCE;
        return description.paths().stream()
                .flatMap(path -> description.operations(path).stream()
                        .map(entry -> new Call(entry.getKey().toUpperCase(Locale.ROOT), path, entry.getValue())))
                .toList();
    }

    /** Whether this status is described for the operation. */
    boolean has(int status) {
        return operation.path("responses").has(String.valueOf(status));
    }

    /** Whether the operation has this parameter of the description's components. */
    boolean takes(String parameter) {
        return operation
                .path("parameters")
                .valueStream()
                .anyMatch(entry -> entry.path("$ref").asString("").endsWith("/" + parameter));
    }

    boolean needsKey() {
        return operation.has("x-scope");
    }

    boolean isOfMachine() {
        return template.startsWith("/machines/{id}");
    }

    boolean isWebSocket() {
        return has(101);
    }

    /** Whether its body is JSON. */
    boolean hasJson() {
        return !operation.at("/requestBody/content/application~1json").isMissingNode();
    }

    /** Its path and query for a machine. */
    String path(String machine) {
        String path = template.replace("{id}", machine)
                .replace("{process}", "process00000")
                .replace("{port}", "80")
                .replace("{snapshot}", NO_MACHINE)
                .replace("{asset}", "docs.js");
        boolean namesFile = path.contains("/files") && !hasJson();
        return path + (namesFile ? "?path=/x" : "") + (path.endsWith("/wait") ? "?status=running" : "");
    }

    /** The first example; without one, a byte. */
    private byte[] body() {
        JsonNode content = operation.path("requestBody").path("content").path(contentType());
        JsonNode example = content.path("examples")
                .valueStream()
                .findFirst()
                .map(first -> first.get("value"))
                .orElse(content.path("example"));
        return example.isMissingNode() ? new byte[] {'x'} : example.toString().getBytes(StandardCharsets.UTF_8);
    }

    Response send(Client client, String machine, String... headers) {
        if (isWebSocket()) {
            return client.get(path(machine), "Connection", "Upgrade", "Upgrade", "websocket");
        }
        return operation.has("requestBody")
                ? client.send(method, path(machine), contentType(), body(), headers)
                : client.send(method, path(machine), headers);
    }

    String contentType() {
        return operation.at("/requestBody/content").propertyNames().iterator().next();
    }

    @Override
    public String toString() {
        return method + " " + template;
    }
}
