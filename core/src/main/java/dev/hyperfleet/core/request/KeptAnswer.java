package dev.hyperfleet.core.request;

import java.util.Map;

/**
 * The answer to a request, as it is given again when the request is repeated.
 *
 * @param status its HTTP status
 * @param headers those that belong to it; the others are of each answer anew
 * @param body empty where it has none
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares answers
public record KeptAnswer(int status, Map<String, String> headers, byte[] body) {
    /** One with a larger body is not kept. */
    public static final int MAX_BODY_BYTES = 64 << 10;

    public KeptAnswer {
        headers = Map.copyOf(headers);
    }

    /** A server's failure, a missing key and a limit on the rate say nothing of the request: a repetition is a new try. */
    boolean settlesRequest() {
        return status < 500 && status != 401 && status != 429;
    }

    boolean canBeKept() {
        return body.length <= MAX_BODY_BYTES;
    }
}
