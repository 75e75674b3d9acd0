package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with a request, so that its sender learns of it at once. */
final class Problems {
    /** Nobody reads more, and a request can be wrong in a million places. */
    private static final int MAX_SHOWN = 20;

    private static final int MAX_LENGTH = 300;

    private final List<String> found = new ArrayList<>();
    private int more;

    void add(String problem) {
        if (found.size() < MAX_SHOWN) {
            found.add(problem.length() <= MAX_LENGTH ? problem : problem.substring(0, MAX_LENGTH) + "…");
        } else {
            more++;
        }
    }

    /** Refuses the request if anything is wrong with it. */
    void throwIfAny() {
        if (!found.isEmpty()) {
            String rest = more == 0 ? "" : "; and %d more".formatted(more);
            throw new HyperfleetException(ErrorCode.VALIDATION_ERROR, String.join("; ", found) + rest);
        }
    }
}
