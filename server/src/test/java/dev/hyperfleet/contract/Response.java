package dev.hyperfleet.contract;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A response.
 *
 * @param headers by their names in lower case
 */
public record Response(int status, Map<String, List<String>> headers, byte[] body) {
    public JsonNode json() {
        return JsonMapper.shared().readTree(body);
    }

    /** The part of a machine that does not depend on the reader and the time. */
    public JsonNode lasting() {
        ObjectNode machine = (ObjectNode) json();
        machine.remove("activity");
        return machine;
    }

    /** An error's code. */
    public String code() {
        return json().path("error").path("code").asString("");
    }

    /** An error's message. */
    public String message() {
        return json().path("error").path("message").asString("");
    }

    public String field(String name) {
        return json().path(name).asString();
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name)).map(List::getFirst);
    }
}
