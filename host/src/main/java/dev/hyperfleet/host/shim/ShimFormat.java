package dev.hyperfleet.host.shim;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The messages and files between server and shim: protocol/shim/v1. Unknown fields are refused. */
final class ShimFormat {
    static final int VERSION = 1;

    static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ShimFormat() {}

    /**
     * Reads what a shim of any release up to this one wrote. Release 0.1 wrote no version.
     *
     * @param what its name in an error
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} if its version is unknown
     * @throws tools.jackson.core.JacksonException if it is not what a shim writes
     */
    static <T> T read(String what, byte[] content, Class<T> type) {
        JsonNode json = JSON.readTree(content);
        JsonNode version = json.path("version");
        if (!version.isMissingNode() && !(version.isInt() && version.intValue() == VERSION)) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    ("%s has version %s, this server supports version %d: a shim of another release runs the machine. "
                                    + "Start the server of that release, and stop the machine with it")
                            .formatted(what, version, VERSION));
        }
        return JSON.treeToValue(json, type);
    }
}
