package dev.hyperfleet.store;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The names under which the constants of an enum are stored. They stay the same when a constant is renamed in the code. */
final class EnumNames<E extends Enum<E>> {
    private final Function<E, String> names;
    private final Map<String, E> constants;

    EnumNames(Class<E> type, Function<E, String> names) {
        this.names = names;
        this.constants = Arrays.stream(type.getEnumConstants()).collect(Collectors.toMap(names, constant -> constant));
    }

    String name(E constant) {
        return names.apply(constant);
    }

    /**
     * The constant of a name.
     *
     * @param what the name stands for, for the error
     * @throws SQLException if this version does not know the name
     */
    E constant(String what, String name) throws SQLException {
        @Nullable E constant = constants.get(name);
        if (constant == null) {
            throw new SQLException("unknown " + what + ": " + name);
        }
        return constant;
    }
}
