package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with a request, so that its sender learns of it at once. */
final class Problems {
    private final List<String> found = new ArrayList<>();

    void add(String problem) {
        found.add(problem);
    }

    /** Refuses the request if anything is wrong with it. */
    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new HyperfleetException(ErrorCode.VALIDATION_ERROR, String.join("; ", found));
        }
    }
}
