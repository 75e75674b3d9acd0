package dev.hyperfleet.bench;

import dev.hyperfleet.store.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;

/**
 * The baseline for creations: rows like the server's, written to a database with the server's own
 * schema and PRAGMAs, by one writer that commits each by itself.
 */
final class BareSqlite implements AutoCloseable {
    private final Connection connection;
    private final Statement transaction;
    private final PreparedStatement insert;
    private final List<String> columns = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();
    private long rows;

    /**
     * Opens a database.
     *
     * @param path of the new file
     * @param model a server's database, whose first machine is the model for all rows
     */
    BareSqlite(Path path, Path model) throws SQLException {
        readModel(model);
        Database.open(path);
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        connection = config.createConnection("jdbc:sqlite:" + path);
        transaction = connection.createStatement();
        insert = connection.prepareStatement("INSERT INTO machines (%s) VALUES (%s)"
                .formatted(
                        String.join(", ", columns),
                        String.join(", ", columns.stream().map(_ -> "?").toList())));
    }

    private void readModel(Path model) throws SQLException {
        try (Connection source = DriverManager.getConnection("jdbc:sqlite:" + model);
                Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM machines LIMIT 1")) {
            if (!row.next()) {
                throw new SQLException("no machine in " + model);
            }
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                columns.add(row.getMetaData().getColumnName(i));
                values.add(row.getObject(i));
            }
        }
    }

    /** Commits rows for this time; returns how many per second. */
    double commitsPerSecond(Duration duration, Samples latencies) throws SQLException {
        long began = System.nanoTime();
        long now = began;
        long before = rows;
        while (now - began < duration.toNanos()) {
            transaction.executeUpdate("BEGIN IMMEDIATE");
            bind(++rows);
            insert.executeUpdate();
            transaction.executeUpdate("COMMIT");
            long then = now;
            now = System.nanoTime();
            latencies.add(now - then);
        }
        return (rows - before) * 1e9 / (now - began);
    }

    /** The model's values, except those that must differ. */
    private void bind(long number) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            switch (columns.get(i)) {
                case "id" -> insert.setString(i + 1, scattered(number));
                case "sequence", "slot" -> insert.setLong(i + 1, number);
                case "name" -> insert.setString(i + 1, "bench-" + number);
                default -> insert.setObject(i + 1, values.get(i));
            }
        }
    }

    /** Unordered ids of 12 characters, like the server's: ordered ones would be cheaper to insert. */
    private static String scattered(long number) {
        String digits = Long.toUnsignedString(number * 0x9e3779b97f4a7c15L, 36);
        return ("000000000000" + digits).substring(digits.length());
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
