package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file: opens it, migrates it to the current schema, and translates its errors into ones that say what to
 * do. Several processes may use the same file.
 *
 * @param path of the file
 */
public record Database(Path path) {
    static final int SCHEMA_VERSION = 12;
    private static final int BUSY_TIMEOUT_MILLISECONDS = 5_000;
    private static final long OPEN_PAUSE_NANOSECONDS = 10_000_000;

    /** SQLite's error for a full disk when it creates or extends a file other than the one that it writes to. */
    private static final Set<SQLiteErrorCode> PERHAPS_FULL =
            Set.of(SQLiteErrorCode.SQLITE_IOERR, SQLiteErrorCode.SQLITE_CANTOPEN);

    /** With less free space than this, such an error means that the disk is full. */
    private static final long NO_ROOM = 64 << 10;

    /** Opens the file, which is created if it does not exist. */
    public static Database open(Path path) {
        Database database = new Database(path);
        database.createPrivateFile();
        long began = System.nanoTime();
        while (true) {
            try (Connection connection = database.connect()) {
                database.migrate(connection);
                return database;
            } catch (SQLException failure) {
                boolean patient = System.nanoTime() - began < BUSY_TIMEOUT_MILLISECONDS * 1_000_000L;
                if (isBusy(failure) ? !patient : !database.makeRoom(failure, Importance.VITAL)) {
                    throw database.failure("open", failure);
                }
            }
            // SQLite does not wait by itself if two processes switch a new file to WAL at once.
            LockSupport.parkNanos(OPEN_PAUSE_NANOSECONDS);
        }
    }

    private static boolean isBusy(SQLException failure) {
        return primaryCode(failure) == SQLiteErrorCode.SQLITE_BUSY;
    }

    private static SQLiteErrorCode primaryCode(SQLException failure) {
        return SQLiteErrorCode.getErrorCode(resultCode(failure).code & 0xff); // the upper bits have the details
    }

    private static SQLiteErrorCode resultCode(SQLException cause) {
        return cause instanceof SQLiteException own ? own.getResultCode() : SQLiteErrorCode.SQLITE_ERROR;
    }

    /** It holds the hashes of keys, and machines' names: accessible only to its owner. */
    private void createPrivateFile() {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException fine) {
            // Perhaps only just now: two processes may begin at once.
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot create the database %s: %s. Check DATABASE_PATH.".formatted(path, failure),
                    failure);
        }
    }

    /** The space reserved for essential writes. */
    Reserve reserve() {
        return new Reserve(path);
    }

    /**
     * Frees space after a write failed for lack of it, for another attempt.
     *
     * @return whether that can help: the disk was full, and there was space to release for this importance
     */
    boolean makeRoom(SQLException failure, Importance importance) {
        return isFull(failure) && reserve().giveUp(importance.reserved());
    }

    /** Whether it failed for lack of space. */
    boolean isFull(SQLException failure) {
        SQLiteErrorCode code = primaryCode(failure);
        return code == SQLiteErrorCode.SQLITE_FULL
                || (PERHAPS_FULL.contains(code) && reserve().free() < NO_ROOM);
    }

    /** A new connection. Its commits survive a power cut. */
    Connection connect() throws SQLException {
        while (true) {
            try {
                return connectOnce();
            } catch (SQLException failure) {
                if (!makeRoom(failure, Importance.VITAL)) {
                    throw failure;
                }
            }
        }
    }

    private Connection connectOnce() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLISECONDS);
        return config.createConnection("jdbc:sqlite:" + path);
    }

    /** A read-only connection, which does not even migrate an older file. */
    Connection connectReadOnly() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLISECONDS);
        return config.createConnection("jdbc:sqlite:" + path);
    }

    private void migrate(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("BEGIN IMMEDIATE"); // includes the version: two processes may open it at once
            int version;
            try (ResultSet result = statement.executeQuery("PRAGMA user_version")) {
                version = result.getInt(1);
            }
            if (version > SCHEMA_VERSION) {
                throw new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        "The database %s is from a newer Hyperfleet (schema %d; this one knows %d). Upgrade Hyperfleet."
                                .formatted(path, version, SCHEMA_VERSION));
            }
            while (version < SCHEMA_VERSION) {
                version++;
                for (String command : script(version).split(";", -1)) {
                    if (!command.isBlank()) {
                        statement.executeUpdate(command);
                    }
                }
                statement.executeUpdate("PRAGMA user_version = " + version);
            }
            statement.executeUpdate("COMMIT");
        }
    }

    private static String script(int version) {
        String name = version + ".sql";
        try (InputStream script = Database.class.getResourceAsStream(name)) {
            if (script == null) {
                throw new IllegalStateException("no migration " + name);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new IllegalStateException("cannot read migration " + name, failure);
        }
    }

    /** The error message for a failure. */
    HyperfleetException failure(String operation, SQLException cause) {
        if (isFull(cause)) {
            return new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, fullMessage(operation), cause);
        }
        SQLiteErrorCode code = resultCode(cause);
        String advice = switch (code) {
            case SQLITE_CORRUPT, SQLITE_NOTADB ->
                "The file is damaged or not a database: restore a backup, or move it away to start with an empty one.";
            case SQLITE_READONLY, SQLITE_READONLY_DBMOVED, SQLITE_CANTOPEN, SQLITE_PERM ->
                "Check that the file and its folder exist and are writable.";
            case SQLITE_BUSY, SQLITE_LOCKED -> "Another process holds it: look for one that hangs.";
            default -> "Check the disk.";
        };
        return new HyperfleetException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot %s the database %s: %s. %s".formatted(operation, path, cause.getMessage(), advice),
                cause);
    }

    /** The error message for a full disk. */
    HyperfleetException full(String operation) {
        return new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, fullMessage(operation));
    }

    private String fullMessage(String operation) {
        return "Cannot %s the database %s: the disk is full. Free some space.".formatted(operation, path);
    }
}
