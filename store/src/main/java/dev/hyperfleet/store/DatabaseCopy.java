package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.machine.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalLong;

/** Copies of databases for backups, without the server, which may run meanwhile. */
public final class DatabaseCopy {
    private DatabaseCopy() {}

    /**
     * Writes the database as it is at one moment, compacted, to a new file that only its owner can read.
     *
     * @throws HyperfleetException if the file exists, or has no room
     */
    public static void write(Database database, Path file) {
        try (Connection connection = database.connectReadOnly();
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            copy.setString(1, file.toString());
            copy.executeUpdate();
        } catch (SQLException failure) {
            throw database.failure("copy", failure);
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR, "Cannot create %s: %s".formatted(file, failure), failure);
        }
    }

    /**
     * The machines in a database of this version's schema, which is only read.
     *
     * @throws HyperfleetException if it has another schema
     */
    public static List<Machine> machines(Database database) {
        try (Connection connection = database.connectReadOnly();
                Statement statement = connection.createStatement()) {
            int version = schema(statement);
            if (version != Database.SCHEMA_VERSION) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "The database %s has schema %d; this version knows %d. Use the hyperfleet that the server runs."
                                .formatted(database.path(), version, Database.SCHEMA_VERSION));
            }
            try (PreparedStatement select =
                    connection.prepareStatement(MachineRow.COLUMNS.selectFrom("machines") + " ORDER BY sequence")) {
                return DatabaseReader.all(
                        select, row -> MachineRow.COLUMNS.read(row).machine());
            }
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        }
    }

    /** The machine's version in the database, if the machine still exists. */
    public static OptionalLong version(Database database, MachineId id) {
        try (Connection connection = database.connectReadOnly();
                PreparedStatement select = connection.prepareStatement("SELECT version FROM machines WHERE id = ?")) {
            select.setString(1, id.value());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
            }
        } catch (SQLException failure) {
            throw database.failure("read", failure);
        }
    }

    /**
     * Checks a copy, and returns its fleet's identity.
     *
     * @throws HyperfleetException if it is damaged, or from a newer version
     */
    public static String check(Database copy) {
        try (Connection connection = copy.connectReadOnly();
                Statement statement = connection.createStatement()) {
            int version = schema(statement);
            if (version > Database.SCHEMA_VERSION) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "%s is from a newer Hyperfleet (schema %d; this one knows %d). Upgrade Hyperfleet."
                                .formatted(copy.path(), version, Database.SCHEMA_VERSION));
            }
            String state = text(statement, "PRAGMA quick_check(1)");
            if (!state.equals("ok")) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "The database %s is damaged: %s. Use another backup.".formatted(copy.path(), state));
            }
            return text(statement, "SELECT coalesce(max(id), '') FROM fleet");
        } catch (SQLException failure) {
            throw copy.failure("read", failure);
        }
    }

    private static int schema(Statement statement) throws SQLException {
        return Integer.parseInt(text(statement, "PRAGMA user_version"));
    }

    private static String text(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            return row.getString(1);
        }
    }
}
