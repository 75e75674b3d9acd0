package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects everything that is wrong with a request, so that one response names all of it. */
public final class ValidationErrors {
    /** Further ones are dropped: a request can be wrong in a million places. */
    private static final int MAX_SHOWN = 20;

    /** Maximum characters of each. */
    public static final int MAX_LENGTH = 300;

    private final List<String> found = new ArrayList<>();
    private final Optional<ValidationErrors> outer;
    private final String prefix;
    private int more;

    public ValidationErrors() {
        this(Optional.empty(), "");
    }

    private ValidationErrors(Optional<ValidationErrors> outer, String prefix) {
        this.outer = outer;
        this.prefix = prefix;
    }

    /** The problems of a part, reported with the others, each prefixed with the part's name. */
    public ValidationErrors of(String part) {
        return new ValidationErrors(Optional.of(this), part + ".");
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

    /** Refuses the request if it has any problem. */
    public void throwIfAny() {
        if (!found.isEmpty()) {
            String rest = more == 0 ? "" : "; and %d more".formatted(more);
            throw new HyperfleetException(ErrorCode.VALIDATION_ERROR, String.join("; ", found) + rest)
                    .with("problems", List.copyOf(found));
        }
    }
}
