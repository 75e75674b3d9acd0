package dev.hyperfleet.store;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a table, declared by the components of a record in this package: {@code memSizeMib} is the column
 * {@code mem_size_mib}. An {@link Optional} component may be NULL; an {@link Instant} is stored as microseconds since
 * 1970. A component that is itself a record is a group of columns, and a group is absent if all of its columns are
 * NULL. Immutable.
 *
 * @param <R> a row
 */
final class Columns<R extends Record> {
    private static final Map<Class<?>, Reader> READERS = Map.of(
            String.class, ResultSet::getString,
            int.class, ResultSet::getInt,
            long.class, ResultSet::getLong,
            Long.class, ResultSet::getLong,
            boolean.class, ResultSet::getBoolean,
            Instant.class, (row, column) -> Times.instant(row.getLong(column)));

    private final Constructor<R> constructor;
    private final List<Component> components;

    /** Reads a column. The result is meaningless if the column is NULL. */
    private interface Reader {
        @Nullable
        Object read(ResultSet row, String column) throws SQLException;
    }

    /** A component of the record: it has a reader if it is a column, and a group if it is one. */
    private record Component(
            String name,
            Method accessor,
            boolean optional,
            boolean fixed,
            @Nullable Reader reader,
            @Nullable Columns<?> group) {
        static Component of(RecordComponent component) {
            Type declared = component.getGenericType();
            boolean optional = component.getType() == Optional.class;
            Class<?> type =
                    (Class<?>) (optional ? ((ParameterizedType) declared).getActualTypeArguments()[0] : declared);
            boolean isGroup = type.isRecord();
            return new Component(
                    columnName(component.getName()),
                    component.getAccessor(),
                    optional,
                    component.isAnnotationPresent(Fixed.class),
                    isGroup ? null : Objects.requireNonNull(READERS.get(type), "no column of " + type),
                    isGroup ? new Columns<>(type.asSubclass(Record.class)) : null);
        }

        List<String> names(boolean onlyChanging) {
            if (onlyChanging && fixed) {
                return List.of();
            }
            return group == null ? List.of(name) : group.names(onlyChanging);
        }

        @Nullable
        Object of(Record row) throws ReflectiveOperationException {
            Object value = accessor.invoke(row);
            return value instanceof Optional<?> perhaps ? perhaps.orElse(null) : value;
        }

        /** The column's or the group's value; null if it is NULL. */
        @Nullable
        Object read(ResultSet row) throws SQLException {
            if (group != null) {
                return group.readGroup(row);
            }
            Object value = Objects.requireNonNull(reader).read(row, name);
            return row.wasNull() ? null : value;
        }
    }

    private Columns(Class<R> type) {
        RecordComponent[] declared = type.getRecordComponents();
        components = Arrays.stream(declared).map(Component::of).toList();
        try {
            constructor = type.getDeclaredConstructor(
                    Arrays.stream(declared).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The columns of this record. */
    static <R extends Record> Columns<R> of(Class<R> type) {
        return new Columns<>(type);
    }

    private static String columnName(String component) {
        return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** All columns, in the order of the components. */
    List<String> names() {
        return names(false);
    }

    private List<String> names(boolean onlyChanging) {
        return components.stream()
                .flatMap(component -> component.names(onlyChanging).stream())
                .toList();
    }

    /** A query of all columns, without a condition. */
    String selectFrom(String table) {
        return "SELECT " + String.join(", ", names()) + " FROM " + table;
    }

    /** A statement for {@link #bind} that adds a row. */
    String insertInto(String table) {
        List<String> names = names();
        return "INSERT INTO " + table + " (" + String.join(", ", names) + ") VALUES ("
                + String.join(", ", Collections.nCopies(names.size(), "?")) + ")";
    }

    /** The same, but if a row with this key exists, its columns that are not {@link Fixed} are replaced. */
    String putInto(String table, String key) {
        return insertInto(table) + " ON CONFLICT (" + key + ") DO UPDATE SET "
                + names(true).stream().map(name -> name + " = excluded." + name).collect(Collectors.joining(", "));
    }

    /** Sets all parameters of a statement of these columns. */
    void bind(PreparedStatement statement, R row) throws SQLException {
        bind(statement, 0, row);
    }

    /** Binds the parameters after this one, all with NULL if there is no row, and returns the last one bound. */
    private int bind(PreparedStatement statement, int before, @Nullable Record row) throws SQLException {
        int parameter = before;
        try {
            for (Component component : components) {
                Object value = row == null ? null : component.of(row);
                if (component.group() != null) {
                    parameter = component.group().bind(statement, parameter, (Record) value);
                } else {
                    statement.setObject(++parameter, value instanceof Instant instant ? Times.micros(instant) : value);
                }
            }
            return parameter;
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * The current row of a query of these columns.
     *
     * @throws SQLException if a column is NULL that must not be, or the query fails
     */
    R read(ResultSet row) throws SQLException {
        R found = readGroup(row);
        if (found == null) {
            throw new SQLException("a row with only NULL");
        }
        return found;
    }

    private @Nullable R readGroup(ResultSet row) throws SQLException {
        List<@Nullable Object> values = new ArrayList<>(components.size());
        for (Component component : components) {
            values.add(component.read(row));
        }
        return values.stream().allMatch(Objects::isNull) ? null : create(values);
    }

    private R create(List<@Nullable Object> values) throws SQLException {
        @Nullable Object[] arguments = new @Nullable Object[values.size()];
        for (int i = 0; i < arguments.length; i++) {
            Component component = components.get(i);
            arguments[i] = component.optional() ? Optional.ofNullable(values.get(i)) : values.get(i);
            if (arguments[i] == null) {
                throw new SQLException("NULL in the column " + component.name());
            }
        }
        try {
            return constructor.newInstance(arguments);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
