package dev.hyperfleet.http;

import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.core.machine.MachineStatus;
import io.javalin.http.Context;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The query of a request. All its problems are reported together. */
public final class QueryParameters {
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 1000;

    private static final String STATUSES =
            Stream.of(MachineStatus.values()).map(MachineStatus::text).collect(Collectors.joining(", "));

    /** The one parameter that may be repeated. */
    private static final String LABEL = "label";

    private static final int MAX_LABELS = 16;

    private static final Pattern WHOLE_NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern BROKEN_ENCODING = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private static final String DECLARED = "hyperfleet.parameters";

    private final Map<String, List<String>> values;
    private final ValidationErrors problems = new ValidationErrors();

    private QueryParameters(Map<String, List<String>> values) {
        this.values = values;
    }

    /** Names all parameters of the operation, and refuses the request at once if there are none and it has one. */
    static void declare(Context context, Set<String> names) {
        context.attribute(DECLARED, names);
        if (names.isEmpty() && context.queryString() != null) {
            read(context).throwIfInvalid();
        }
    }

    /**
     * Reads the query. Parameters that {@link Routes#taking} does not name are refused, so that a typing error does not
     * count as "no filter".
     */
    public static QueryParameters read(Context context) {
        Set<String> names = Optional.<Set<String>>ofNullable(context.attribute(DECLARED))
                .orElseThrow(() -> new IllegalStateException("a route without declared parameters: " + context.path()));
        String known = names.isEmpty()
                ? "this operation takes none"
                : "the known ones are " + names.stream().sorted().collect(Collectors.joining(", "));
        QueryParameters query = new QueryParameters(context.queryParamMap());
        if (BROKEN_ENCODING
                .matcher(Optional.ofNullable(context.queryString()).orElse(""))
                .find()) {
            query.problems.add("the query is not percent-encoded");
            query.throwIfInvalid();
        }
        query.values.forEach((name, given) -> {
            if (!names.contains(name)) {
                query.problems.add("unknown query parameter '%s': %s".formatted(name, known));
            } else if (given.isEmpty()) {
                query.problems.add(name + " is not percent-encoded UTF-8");
            } else if (given.size() > 1 && !name.equals(LABEL)) {
                query.problems.add(name + " is given more than once");
            }
        });
        return query;
    }

    public void throwIfInvalid() {
        problems.throwIfAny();
    }

    public Optional<String> text(String name) {
        return values.getOrDefault(name, List.of()).stream().findFirst();
    }

    /**
     * The labels that something must have to be in a list: each is a name, or a name and a value ({@code team=web}).
     * The value is empty for any.
     */
    public Map<String, Optional<String>> labels() {
        List<String> given = values.getOrDefault(LABEL, List.of());
        if (given.size() > MAX_LABELS) {
            problems.add("label is given more than %d times".formatted(MAX_LABELS));
        }
        Map<String, Optional<String>> labels = new HashMap<>();
        for (String text : given) {
            int equals = text.indexOf('=');
            String name = equals < 0 ? text : text.substring(0, equals);
            Optional<String> value = equals < 0 ? Optional.empty() : Optional.of(text.substring(equals + 1));
            if (name.isEmpty()) {
                problems.add("label must be a name, or NAME=VALUE");
            } else if (labels.put(name, value) != null) {
                problems.add("label names '%s' more than once".formatted(name));
            }
        }
        return labels;
    }

    public boolean flag(String name, boolean otherwise) {
        Optional<String> text = text(name);
        if (text.isPresent() && !Set.of("true", "false").contains(text.get())) {
            problems.add(name + " must be true or false");
        }
        return text.map("true"::equals).orElse(otherwise);
    }

    /**
     * A path in a guest. One that is not UTF-8 is sent in base64, with path_encoding=base64.
     *
     * @param name of a required parameter
     */
    public GuestPath path(String name) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            problems.add(name + " is required");
        }
        return GuestPaths.read(name, text.orElse("/"), text(GuestPaths.ENCODING), problems);
    }

    /** Permissions, in octal. */
    public OptionalInt mode(String name) {
        return GuestPaths.mode(name, text(name), problems);
    }

    public ValidationErrors problems() {
        return problems;
    }

    /** The size of a page of a list: 50, unless the query says otherwise, and at most 1,000. */
    public int limit() {
        return Math.toIntExact(integer("limit", 1, MAX_LIMIT, DEFAULT_LIMIT));
    }

    /** How many elements of a list to skip. */
    public long offset() {
        return integer("offset", 0, Long.MAX_VALUE, 0);
    }

    public long integer(String name, long minimum, long maximum, long otherwise) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.get());
            boolean plain = WHOLE_NUMBER.matcher(text.get()).matches(); // not in another script's digits
            if (plain && value >= minimum && value <= maximum) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // reported below
        }
        problems.add(
                maximum == Long.MAX_VALUE
                        ? "%s must be an integer of at least %d".formatted(name, minimum)
                        : "%s must be an integer from %d to %d".formatted(name, minimum, maximum));
        return otherwise;
    }

    /** Statuses, separated by commas; empty if the parameter is absent. */
    public Set<MachineStatus> statuses(String name) {
        Set<MachineStatus> statuses = EnumSet.noneOf(MachineStatus.class);
        text(name).stream()
                .flatMap(list -> Stream.of(list.split(",", -1)))
                .forEach(word -> MachineStatus.of(word)
                        .ifPresentOrElse(
                                statuses::add,
                                () -> problems.add(
                                        "%s '%s' is unknown: the known ones are %s".formatted(name, word, STATUSES))));
        return statuses;
    }

    public Set<MachineStatus> requiredStatuses(String name) {
        if (text(name).isEmpty()) {
            problems.add(name + " is required");
        }
        return statuses(name);
    }
}
