package dev.hyperfleet.core.request;

import java.util.Map;

/**
 * The stored response to a request, which is replayed when the request is repeated.
 *
 * @param status its HTTP status
 * @param headers those that are replayed; the others are new
 * @param body empty if it has none
 */
@SuppressWarnings("ArrayRecordComponent") // responses are never compared
public record StoredResponse(int status, Map<String, String> headers, byte[] body) {
    /** Responses with a larger body are not stored. */
    public static final int MAX_BODY_BYTES = 64 << 10;

    public StoredResponse {
        headers = Map.copyOf(headers);
    }

    /** Server errors, a missing key and a rate limit say nothing about the request: a repetition is a new attempt. */
    boolean settlesRequest() {
        return status < 500 && status != 401 && status != 429;
    }

    boolean canBeKept() {
        return body.length <= MAX_BODY_BYTES;
    }
}
