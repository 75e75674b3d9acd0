package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects all that is wrong with a request, so that its sender learns of it at once. */
public final class Problems {
    /** Nobody reads more, and a request can be wrong in a million places. */
    private static final int MAX_SHOWN = 20;

    /** Characters of each. */
    public static final int MAX_LENGTH = 300;

    private final List<String> found = new ArrayList<>();
    private final Optional<Problems> outer;
    private final String prefix;
    private int more;

    public Problems() {
        this(Optional.empty(), "");
    }

    private Problems(Optional<Problems> outer, String prefix) {
        this.outer = outer;
        this.prefix = prefix;
    }

    /** The problems of a part, which are said together with the others, each after the part's name. */
    public Problems of(String part) {
        return new Problems(Optional.of(this), part + ".");
    }

    public void add(String problem) {
        if (outer.isPresent()) {
            outer.get().add(prefix + problem);
            return;
        }
        if (found.size() < MAX_SHOWN) {
            found.add(Excerpt.of(problem, MAX_LENGTH));
        } else {
            more++;
        }
    }

    /** Refuses the request if anything is wrong with it. */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            String rest = more == 0 ? "" : "; and %d more".formatted(more);
            throw new HyperfleetException(ErrorCode.VALIDATION_ERROR, String.join("; ", found) + rest);
        }
    }
}
